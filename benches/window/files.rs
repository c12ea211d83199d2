//! What a hundred files that were opened one after another leave behind.

use super::common::outside::Shelf;
use super::common::xvfb::Display;
use super::times::at;

pub(super) fn measure(display: &Display, count: usize) {
    let shelf = Shelf::new(count, 5);
    let mib = shelf.go_through(display);
    println!("\n{count} files of 2 to 20 MB opened one after another, memory of the process in MiB");
    for (round, mib) in mib[..count].chunks(Shelf::SIZES).enumerate() {
        let row: Vec<String> = mib.iter().map(|mib| format!("{mib:>5.0}")).collect();
        println!("files {:>3} on: {}", round * Shelf::SIZES, row.join(" "));
    }
    let after_five = mib[4];
    println!(
        "first {:.0}, after five {after_five:.0}, most {:.0}, last {:.0}, the first again {:.0}",
        mib[0],
        at(&mib, 1.0),
        mib[count - 1],
        mib[count]
    );
}
