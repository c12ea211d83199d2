//! XML from files that are not trusted, parsed in bounded time and memory.

use std::collections::HashSet;

use roxmltree::{Document, Node, ParsingOptions};

/// Bytes of XML that are read: a few hundred for each of a hundred thousand planes.
pub(super) const MAX_BYTES: usize = 32 << 20;
/// Nodes: a few for each plane.
const MAX_NODES: u32 = 2_000_000;
/// Attributes of one element; OME's largest has about twenty. roxmltree compares each with all before it.
const MAX_ATTRIBUTES: usize = 100;
/// Names of namespaces. roxmltree repeats those of an element for each one inside it that adds another.
const MAX_NAMESPACES: usize = 64;

/// Parses a document; entities are refused (roxmltree refuses DTDs).
pub(super) fn parse(text: &str) -> Result<Document<'_>, String> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return Err(format!("it has {} bytes, more than {MAX_BYTES}", text.len()));
    }
    check_tags(text)?;
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| error.to_string())
}

/// The first child element of this name, in any namespace.
pub(super) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// Counts attributes and namespaces, in one pass; what is not well-formed is left to the parser to refuse.
fn check_tags(text: &str) -> Result<(), String> {
    let mut namespaces = HashSet::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
        if let Some((open, close)) = skipped.iter().find(|(open, _)| rest.starts_with(open)) {
            let Some(end) = rest[open.len()..].find(close) else {
                return Ok(());
            };
            rest = &rest[open.len() + end + close.len()..];
            continue;
        }
        rest = &rest[1..];
        let mut attributes = 0;
        while let Some(at) = rest.find(['=', '"', '\'', '>']) {
            let (before, after) = rest.split_at(at);
            rest = &after[1..];
            match after.as_bytes()[0] {
                b'>' => break,
                b'=' => {
                    attributes += 1;
                    if attributes > MAX_ATTRIBUTES {
                        return Err(format!("an element has more than {MAX_ATTRIBUTES} attributes"));
                    }
                    let name = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
                    if name.starts_with("xmlns:") && namespaces.insert(name) && namespaces.len() > MAX_NAMESPACES {
                        return Err(format!("it names more than {MAX_NAMESPACES} namespaces"));
                    }
                }
                quote => match rest.find(char::from(quote)) {
                    Some(end) => rest = &rest[end + 1..],
                    None => return Ok(()),
                },
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ordinary_documents_pass() {
        let text = "<?xml version='1.0'?><!-- a=b --><OME xmlns:a=\"u\" b='>'><![CDATA[= < =]]><c d=\"e'=\"/></OME>";
        let document = parse(text).expect("it is well-formed");
        assert_eq!(document.root_element().attribute("b"), Some(">"));
    }

    #[test]
    fn floods_are_refused() {
        let attributes: String = (0..200_000).map(|i| format!(" a{i}='>'")).collect();
        assert!(parse(&format!("<OME{attributes}/>")).is_err_and(|error| error.contains("attributes")));
        let nested: String = (0..60_000).map(|i| format!("<a xmlns:n{i}='u'>")).collect();
        assert!(parse(&format!("{nested}{}", "</a>".repeat(60_000))).is_err_and(|error| error.contains("namespaces")));
    }
}
