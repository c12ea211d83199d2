//! What becomes of a key, a button or a menu.

use std::time::Instant;

use super::actions::Action;
use super::history::History;
use super::preferences::Look;
use super::program::Program;
use super::screen::Screen;
use crate::view::ViewState;

impl Program {
    /// Does what a key or a button asks for.
    pub(crate) fn act(&mut self, action: Action) {
        match action {
            Action::TogglePlay => self.toggle_playback(),
            Action::Undo => self.go_through_history(History::undo),
            Action::Redo => self.go_through_history(History::redo),
            Action::Show(sheet) => self.toggle_sheet(sheet),
            Action::Cancel => self.cancel(),
            Action::Save => self.save(),
            Action::CopyPicture => self.copy_picture(),
            Action::CopyCommand => self.copy_command(),
            Action::CopyVoxel => self.copy_voxel(),
            Action::ToggleStatistics => {
                self.statistics.is_open = !self.statistics.is_open;
                self.follow_statistics();
            }
            Action::MeasureSeen => self.measure_seen(),
            Action::Play(action) => self.act_on_playback(action),
            Action::CopyStatistics => self.copy_statistics(),
            Action::ToggleProfile => self.toggle_profile(),
            Action::ProfileAcross => self.profile_across(),
            Action::CopyProfile => self.copy_profile(),
            Action::CopyStatisticsCommand => self.copy_statistics_command(),
            Action::Quit if self.may_quit() => self.quit(),
            Action::Quit => {}
            _ if self.act_on_files(action) || self.act_on_preferences(action) => {}
            _ => {
                let Some(dataset) = self.viewer.dataset().cloned() else {
                    return;
                };
                let auto = self.preferences.auto_contrast();
                self.edit(|view, panel| {
                    action.edit(view, &dataset, panel, auto);
                });
                return;
            }
        }
        self.redraw_for_input();
    }

    /// Ends the program, whatever it is doing.
    pub(super) fn quit(&mut self) {
        self.is_quitting = true;
        let size = self.screen.as_ref().and_then(Screen::size_pt);
        let size = size.unwrap_or(self.preferences.window);
        let is_resized = std::mem::replace(&mut self.preferences.window, size) != size;
        if self.preferences.take_up_playback(&self.playback) || is_resized {
            self.keep_preferences();
        }
    }

    fn go_through_history(&mut self, step: impl FnOnce(&mut History, &ViewState) -> Option<ViewState>) {
        if let Some(view) = self.viewer.view()
            && let Some(other) = step(&mut self.history, view)
        {
            self.replace_view(other);
        }
    }

    fn act_on_preferences(&mut self, action: Action) -> bool {
        match action {
            Action::ToggleScaleBar => {
                self.overlay.scale_bar = !self.overlay.scale_bar;
                self.preferences.has_scale_bar = self.overlay.scale_bar;
            }
            Action::ToggleLabels => {
                self.overlay.labels = !self.overlay.labels;
                self.preferences.has_labels = self.overlay.labels;
            }
            Action::ToggleGuide(guide) => {
                let is_on = self.preferences.guide(guide);
                *is_on = !*is_on;
            }
            Action::SetPercentiles(percentiles) => self.preferences.percentiles = percentiles,
            Action::SetLinearHistograms(is_linear) => self.preferences.has_linear_histograms = is_linear,
            Action::ToggleContrastLock => {
                self.preferences.locks_contrast = !self.preferences.locks_contrast;
                let state = if self.preferences.locks_contrast {
                    "keeps"
                } else {
                    "has its own"
                };
                self.notices
                    .news(format!("the next file {state} contrast"), Instant::now());
            }
            Action::ToggleTheme => {
                self.preferences.look = match self.preferences.look {
                    Look::Dark => Look::Light,
                    Look::Light => Look::Dark,
                };
                if let Some(screen) = &self.screen {
                    screen.gui.set_look(self.preferences.look);
                }
            }
            Action::SetKeymap(choice) => {
                (self.keymap, self.preferences.keymap) = (choice, choice);
                let name = choice.keymap().name;
                self.tell(format!("keys: {name}"));
            }
            Action::ToggleFullScreen => {
                if let Some(screen) = &self.screen {
                    screen.toggle_full_screen();
                }
                return true;
            }
            _ => return false,
        }
        self.keep_preferences();
        true
    }

    fn cancel(&mut self) {
        let is_menu_closed = self.screen.as_ref().is_some_and(|screen| screen.gui.close_menus());
        if is_menu_closed {
        } else if self.sheet.is_some() {
            self.set_sheet(None);
        } else if !self.notices.is_empty() {
            self.notices.close_shown();
        } else if !self.stay() && !self.clear_profile() && !self.clear_box() {
            self.viewer.cancel();
        }
    }
}

#[cfg(test)]
mod tests;
