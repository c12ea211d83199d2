//! Writes small TIFF files byte by byte: what encoders do not write, and what no file should have.

/// Values of a tag.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    Bytes(Vec<u8>),
    Text(String),
    Short(Vec<u16>),
    Long(Vec<u32>),
    Rational(u32, u32),
    /// Type, count, and the bytes of the value field, whatever they mean.
    Raw(u16, u64, Vec<u8>),
}

/// One page: its tags (but for where its data are), its strips or tiles, and what stands behind them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) tags: Vec<(u16, Values)>,
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) is_tiled: bool,
    pub(crate) trailing: Vec<u8>,
    pub(crate) sub_pages: Vec<Page>,
}

impl Page {
    /// A grey page in one strip.
    pub(crate) fn gray(width: u32, height: u32, bits: u16, format: u16, data: Vec<u8>) -> Page {
        Page {
            tags: vec![
                (256, Values::Long(vec![width])),
                (257, Values::Long(vec![height])),
                (258, Values::Short(vec![bits])),
                (259, Values::Short(vec![1])),
                (262, Values::Short(vec![1])),
                (277, Values::Short(vec![1])),
                (278, Values::Long(vec![height])),
                (339, Values::Short(vec![format])),
            ],
            chunks: vec![data],
            ..Page::default()
        }
    }

    /// Sets a tag, in place of one that is there.
    pub(crate) fn with(mut self, tag: u16, values: Values) -> Page {
        self.tags.retain(|(other, _)| *other != tag);
        self.tags.push((tag, values));
        self
    }

    pub(crate) fn with_description(self, text: &str) -> Page {
        self.with(270, Values::Text(text.to_owned()))
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) is_big_endian: bool,
    pub(crate) is_bigtiff: bool,
}

impl Layout {
    fn number(self, value: u64, bytes: usize) -> Vec<u8> {
        if self.is_big_endian {
            value.to_be_bytes()[8 - bytes..].to_vec()
        } else {
            value.to_le_bytes()[..bytes].to_vec()
        }
    }

    fn word(self) -> usize {
        if self.is_bigtiff { 8 } else { 4 }
    }

    /// A file of these pages; their directories are behind their data.
    pub(crate) fn write(self, pages: &[Page]) -> Vec<u8> {
        let mut file = if self.is_big_endian {
            b"MM".to_vec()
        } else {
            b"II".to_vec()
        };
        if self.is_bigtiff {
            file.extend([self.number(43, 2), self.number(8, 2), self.number(0, 2)].concat());
        } else {
            file.extend(self.number(42, 2));
        }
        let mut link = file.len();
        file.extend(vec![0; self.word()]);
        for page in pages {
            let (at, next) = self.write_page(&mut file, page);
            file[link..link + self.word()].copy_from_slice(&self.number(at, self.word()));
            link = next;
        }
        file
    }

    /// Appends a page; returns where its directory is, and where in it the link to the next is.
    fn write_page(self, file: &mut Vec<u8>, page: &Page) -> (u64, usize) {
        let mut tags = page.tags.clone();
        let (mut offsets, mut counts) = (Vec::new(), Vec::new());
        for chunk in &page.chunks {
            // A chunk without bytes is sparse.
            offsets.push(if chunk.is_empty() { 0 } else { file.len() as u32 });
            counts.push(chunk.len() as u32);
            file.extend(chunk);
        }
        file.extend(&page.trailing);
        let (offset_tag, count_tag) = if page.is_tiled { (324, 325) } else { (273, 279) };
        for (tag, values) in [(offset_tag, offsets), (count_tag, counts)] {
            if !tags.iter().any(|(other, _)| *other == tag) {
                tags.push((tag, Values::Long(values)));
            }
        }
        if !page.sub_pages.is_empty() {
            let at = page
                .sub_pages
                .iter()
                .map(|page| self.write_page(file, page).0 as u32)
                .collect();
            tags.push((330, Values::Long(at)));
        }
        tags.sort_by_key(|(tag, _)| *tag);
        let fields: Vec<_> = tags
            .iter()
            .map(|(tag, values)| (*tag, self.field(file, values)))
            .collect();
        let at = file.len() as u64;
        file.extend(self.number(fields.len() as u64, if self.is_bigtiff { 8 } else { 2 }));
        for (tag, (kind, count, value)) in fields {
            file.extend([self.number(tag.into(), 2), self.number(kind.into(), 2)].concat());
            file.extend(self.number(count, self.word()));
            file.extend(value);
        }
        let link = file.len();
        file.extend(vec![0; self.word()]);
        (at, link)
    }

    /// Type, count and value field of a tag; values that do not fit are appended to the file.
    fn field(self, file: &mut Vec<u8>, values: &Values) -> (u16, u64, Vec<u8>) {
        let (kind, count, mut bytes) = match values {
            Values::Bytes(bytes) => (1, bytes.len(), bytes.clone()),
            Values::Text(text) => (2, text.len() + 1, [text.as_bytes(), &[0]].concat()),
            Values::Short(values) => (
                3,
                values.len(),
                values.iter().flat_map(|&v| self.number(v.into(), 2)).collect(),
            ),
            Values::Long(values) => (
                4,
                values.len(),
                values.iter().flat_map(|&v| self.number(v.into(), 4)).collect(),
            ),
            Values::Rational(top, bottom) => (
                5,
                1,
                [self.number((*top).into(), 4), self.number((*bottom).into(), 4)].concat(),
            ),
            Values::Raw(kind, count, field) => {
                let mut field = field.clone();
                field.resize(self.word(), 0);
                return (*kind, *count, field);
            }
        };
        if bytes.len() > self.word() {
            let at = file.len() as u64;
            file.extend(bytes);
            bytes = self.number(at, self.word());
        }
        bytes.resize(self.word(), 0);
        (kind, count as u64, bytes)
    }
}
