//! The names of keys.

/// The X keysym of a key's name, or of the character it types (as xproto's appendix "KEYSYM Encoding" lists them).
pub(super) fn keysym(name: &str) -> Option<u32> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        // Latin-1 keysyms are the characters themselves, the rest of Unicode follows 0x0100_0000.
        return Some(if (c as u32) < 0x100 {
            c as u32
        } else {
            0x0100_0000 + c as u32
        });
    }
    if let Some(number) = name.strip_prefix('F').and_then(|number| number.parse::<u32>().ok()) {
        return (1..=12).contains(&number).then_some(0xffbe + number - 1);
    }
    Some(match name {
        "space" => 0x20,
        "BackSpace" => 0xff08,
        "Tab" => 0xff09,
        "Return" => 0xff0d,
        "Escape" => 0xff1b,
        "Home" => 0xff50,
        "Left" => 0xff51,
        "Up" => 0xff52,
        "Right" => 0xff53,
        "Down" => 0xff54,
        "Page_Up" => 0xff55,
        "Page_Down" => 0xff56,
        "End" => 0xff57,
        "Insert" => 0xff63,
        "Delete" => 0xffff,
        "shift" => 0xffe1,
        "ctrl" => 0xffe3,
        "alt" => 0xffe9,
        _ => return None,
    })
}
