//! Names of folders from names of any kind.

/// Longest name made, in characters: systems allow 255.
const LONGEST: usize = 100;

/// A name as the name of a folder: letters, digits, `.`, `_` and `-` stay, anything else becomes one `-`, so that no
/// name leads out of the folder it is put in.
pub fn folder_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for letter in name.chars().take(LONGEST) {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => safe.push(letter),
            _ if safe.ends_with('-') => {}
            _ => safe.push('-'),
        }
    }
    let safe = safe.trim_matches(['-', '.']);
    if safe.is_empty() { "unnamed".to_owned() } else { safe.to_owned() }
}
