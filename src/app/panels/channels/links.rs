//! Linked channels share one window, gamma and contrast rule: an edit of one is an edit of all.

use crate::view::{ChannelView, ContrastRule, ViewState};

/// Makes the same edit to all linked channels that one of them had since `before`.
pub(crate) fn follow_links(before: &ViewState, view: &mut ViewState) {
    let changed = before
        .channels
        .iter()
        .zip(&view.channels)
        .position(|(before, now)| before.is_linked && now.is_linked && differs(before, now));
    if let Some(index) = changed {
        spread(view, index, &before.channels[index]);
    }
}

/// Makes the edit of channel `index`, which was `before`, to all that are linked with it. One that was linked just now
/// takes over what the others have.
pub(super) fn spread(view: &mut ViewState, index: usize, before: &ChannelView) {
    let Some(now) = view.channels.get(index).filter(|now| now.is_linked).cloned() else {
        return;
    };
    let mut others = view.channels.iter_mut().enumerate();
    if !before.is_linked {
        let other = others.find(|(other, channel)| *other != index && channel.is_linked);
        if let Some(other) = other.map(|(_, channel)| channel.clone()) {
            copy(&other, &mut view.channels[index]);
        }
    } else if differs(before, &now) {
        others
            .filter(|(_, channel)| channel.is_linked)
            .for_each(|(_, channel)| copy(&now, channel));
    }
}

/// Links all channels with the active one, or none.
pub(crate) fn link_all(view: &mut ViewState, is_linked: bool) {
    let Some(active) = view.channels.get(view.active_channel).cloned() else {
        return;
    };
    for channel in &mut view.channels {
        channel.is_linked = is_linked;
        if is_linked {
            copy(&active, channel);
        }
    }
}

/// Windows that follow from a rule are each channel's own.
fn differs(before: &ChannelView, now: &ChannelView) -> bool {
    let is_moved = now.contrast == ContrastRule::Given && before.window != now.window;
    is_moved || before.contrast != now.contrast || before.gamma != now.gamma
}

fn copy(from: &ChannelView, to: &mut ChannelView) {
    to.contrast = from.contrast;
    to.gamma = from.gamma;
    if from.contrast == ContrastRule::Given {
        to.window = from.window;
    }
}
