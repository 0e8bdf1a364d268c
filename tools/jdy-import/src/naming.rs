//! Names: from a method, a path and a title to the operation's id and its file.
//!
//! An operation's name follows from its own page alone, so that adding one never renames another.
//! Owns this rule. Must not know the spec folder. Must not use: `crate::spec_folder`,
//! `crate::reading`.

/// What a path is called in the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// `ls`
    pub(crate) module: String,
    /// `ls.mall_recharge`
    pub(crate) id: String,
    /// `ls/mall_recharge.yaml`
    pub(crate) file: String,
}

/// The folder of the spec that is no module.
const FIXUPS: &str = "fixups";

/// Names an operation: the module, `.`, the rest of the path, plus `_save` for a POST whose title
/// says 保存 and whose path does not end in `save`, plus `_delete` for a DELETE.
///
/// # Errors
/// Why the path cannot be named.
pub(crate) fn name(method: &str, path: &str, title: &str) -> Result<Named, String> {
    let inner = path.trim_matches('/');
    let inner = inner
        .strip_prefix("jdy/v2/")
        .or_else(|| inner.strip_prefix("jdy/"))
        .unwrap_or(inner);
    let Some((module, rest)) = inner.split_once('/') else {
        return Err(format!(
            "the path `{path}` has no module and name after `/jdy/v2/`"
        ));
    };
    let module = plain(module);
    if module == FIXUPS {
        return Err(format!(
            "the module of `{path}` would be the folder `{FIXUPS}`, which holds corrections"
        ));
    }
    let base = plain(rest);
    const MAX_PATH_BYTES: usize = 150;
    if !is_name(&module) || !is_name(&base) || inner.len() > MAX_PATH_BYTES {
        return Err(format!("no name can be made of the path `{path}`"));
    }
    let tail = match method {
        "post" if title.contains("保存") && !base.ends_with("save") => "_save",
        "delete" => "_delete",
        _ => "",
    };
    Ok(Named {
        id: format!("{module}.{base}{tail}"),
        file: format!("{module}/{base}.yaml"),
        module,
    })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Small letters, digits and `_`; a capital within a word begins a new one.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = '_';
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '_'
        });
        before = letter;
    }
    out
}

/// The name of an entity in the spec: letters, digits and `_` of what the page calls it, after its
/// last dot. `None` where no letter is left.
#[must_use]
pub(crate) fn entity(called: &str) -> Option<String> {
    let last = called.trim().rsplit('.').next().unwrap_or_default();
    let name: String = last
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .collect();
    const MAX_NAME_BYTES: usize = 100;
    (name.len() <= MAX_NAME_BYTES && name.bytes().any(|byte| byte.is_ascii_alphabetic()))
        .then_some(name)
}

/// The id of a page, if a text ends with one: 32 hexadecimal digits, with or without the dashes of
/// a UUID, whatever stands before them. It is written in small letters and without dashes, so that
/// one page has one id. Anything else, `unknown` for one, is no id.
#[must_use]
pub(crate) fn page_id(text: &str) -> Option<String> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    const DIGITS: usize = 32;
    let text = text.trim();
    let start = text.len().checked_sub(DIGITS + GROUPS.len() - 1);
    let dashed = start
        .and_then(|at| text.get(at..))
        .filter(|tail| tail.split('-').map(str::len).eq(GROUPS));
    let word = match dashed {
        Some(tail) => tail.replace('-', ""),
        None => text.rsplit('-').next().unwrap_or_default().to_owned(),
    };
    let is_id = word.len() == DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_named_by_its_own_page_alone() {
        let id = |method, path, title| {
            name(method, path, title)
                .map(|named| named.id)
                .unwrap_or_default()
        };
        assert_eq!(
            id("post", "/jdy/v2/ls/mall_recharge", "会员充值"),
            "ls.mall_recharge"
        );
        assert_eq!(id("post", "/jdy/v2/bd/store", "仓库保存"), "bd.store_save");
        assert_eq!(
            id("post", "/jdy/v2/cust/save", "自定义接口保存"),
            "cust.save"
        );
        assert_eq!(
            id("delete", "/jdy/v2/bd/material_picture", "图片删除"),
            "bd.material_picture_delete"
        );
        assert_eq!(id("get", "/jdy/v2/bd/a/b-c", "x"), "bd.a_b_c");
        assert_eq!(
            id("get", "/jdy/v2/bd/mallRecharge", "x"),
            "bd.mall_recharge"
        );
        assert!(name("get", "/jdy/v2/bd", "x").is_err());
        assert!(name("get", "/jdy/v2/商品/x", "x").is_err());
        assert_eq!(entity("data.assist"), Some("assist".to_owned()));
        assert_eq!(
            entity("Sub_MaterialEntity"),
            Some("Sub_MaterialEntity".to_owned())
        );
        assert_eq!(entity("商品"), None);
    }

    #[test]
    fn the_id_of_a_page_keeps_the_dashes_of_its_own() {
        let id = "54b9e01cb96111ed83ead1a19fc86b2e";
        let dashed = "54B9E01C-b961-11ed-83ea-d1a19fc86b2e";
        for text in [id, dashed, "54B9E01Cb96111ed83ead1a19fc86b2e"] {
            assert_eq!(page_id(text).as_deref(), Some(id), "{text}");
            for lead in ["kdcloud-", "木-"] {
                let text = format!("{lead}{text}");
                assert_eq!(page_id(&text).as_deref(), Some(id), "{text}");
            }
        }
        for text in [
            "",
            "unknown",
            "kdcloud-unknown",
            "54b9e01c",
            "g4b9e01cb96111ed83ead1a19fc86b2e",
            "054b9e01cb96111ed83ead1a19fc86b2e",
            "木木木木木木木木木木木木",
        ] {
            assert_eq!(page_id(text), None, "{text}");
        }
    }
}
