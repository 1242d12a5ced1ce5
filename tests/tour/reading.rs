//! Reading a picture: which widgets it shows, what stands beside a name, where to click.

use resonetics::view::{CellPicture, Picture, Widget};

/// The widgets of a part of the overlay, or of all of it where no part is named, in the order in which they are read.
pub fn part<'a>(picture: &'a Picture, part: &str) -> Vec<&'a Widget> {
    let all = picture.widgets.iter();
    all.filter(|widget| part.is_empty() || widget.within.iter().any(|title| title == part)).collect()
}

/// Everything that is written in a part.
pub fn texts(picture: &Picture, part: &str) -> Vec<String> {
    self::part(picture, part)
        .iter()
        .filter(|widget| !widget.text.is_empty())
        .map(|widget| widget.text.clone())
        .collect()
}

/// The widget that says exactly this in a part, if there is one.
pub fn seek<'a>(picture: &'a Picture, part: &str, text: &str) -> Option<&'a Widget> {
    self::part(picture, part).into_iter().find(|widget| widget.text == text)
}

/// The widget that says exactly this in a part.
pub fn find<'a>(picture: &'a Picture, part: &str, text: &str) -> &'a Widget {
    seek(picture, part, text).unwrap_or_else(|| panic!("{text:?} is not in {part}: {:?}", self::part(picture, part)))
}

/// What is told or filled in after a name.
pub fn beside(picture: &Picture, part: &str, name: &str) -> String {
    let mut after = self::part(picture, part).into_iter().skip_while(|widget| widget.text != name).skip(1);
    let next = after.next().unwrap_or_else(|| panic!("{name:?} is not in {part}: {:?}", texts(picture, part)));
    next.value.clone().unwrap_or_else(|| next.text.clone())
}

/// The middle of what can be seen of a widget, in pixels.
pub fn middle(widget: &Widget) -> Option<(i16, i16)> {
    let [left, top, right, bottom] = widget.rect?;
    Some((((left + right) / 2.0) as i16, ((top + bottom) / 2.0) as i16))
}

/// A cell of the picture.
pub fn cell(picture: &Picture, [row, column]: [usize; 2]) -> &CellPicture {
    let cell = picture.cells.iter().find(|cell| [cell.row, cell.column] == [row, column]);
    cell.expect("the cell is in the cluster")
}

/// The middle of a cell's top, in pixels.
pub fn place(picture: &Picture, at: [usize; 2]) -> (i16, i16) {
    let [x, y] = cell(picture, at).at.expect("the cell is in the picture");
    (x.round() as i16, y.round() as i16)
}
