//! Blocks: the form that every page is brought into before it is understood.
//!
//! Owns what a page is made of. Must not know Markdown or HTML, nor what an endpoint is.

/// A piece of a page's text and the byte where it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// The text, without escapes and marks; a link stands as `［its text］`.
    pub(crate) text: String,
    /// The first byte in the page's file.
    pub(crate) at: usize,
}

/// One row of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Its cells.
    pub(crate) cells: Vec<Words>,
    /// The first byte in the page's file.
    pub(crate) at: usize,
}

/// A table as it stands on the page, the rows before anything is known of its columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    /// The rows; the first is the header where `headed`.
    pub(crate) rows: Vec<Row>,
    /// Whether the page marks the first row as a header.
    pub(crate) headed: bool,
    /// Where lines that had fallen out of a cell were put back.
    pub(crate) repaired: Vec<usize>,
}

/// One block.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// A heading of any level.
    Heading(Words),
    /// A paragraph that is bold as a whole.
    Bold(Words),
    /// A paragraph, or an item of a list.
    Paragraph(Words),
    /// A table.
    Table(Grid),
    /// A fenced or preformatted text, as it is.
    Fence(Words),
}

/// What the front matter of a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Front {
    /// The page's id as it is stated; it may be none.
    pub(crate) id: Option<String>,
    /// The title.
    pub(crate) title: Option<String>,
    /// The address.
    pub(crate) url: Option<String>,
    /// The first entry of the vendor's menu.
    pub(crate) menu: Option<String>,
}

/// A page in the common form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// The front matter.
    pub(crate) front: Front,
    /// What could not be read as it stands: where, and what was decided.
    pub(crate) notes: Vec<(usize, &'static str)>,
    /// The blocks, in order.
    pub(crate) blocks: Vec<Block>,
    /// What cannot be read at all, and so would be lost: where, and what to do.
    pub(crate) unread: Option<(usize, &'static str)>,
    /// Where the text ends within something that it began, and what that is.
    pub(crate) cut: Option<(usize, &'static str)>,
}
