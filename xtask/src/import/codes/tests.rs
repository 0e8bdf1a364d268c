use super::{Found, find};

/// What is found in a text: `code:label|..`, `none`, or why it is doubtful.
fn read(says: &str) -> String {
    match find(says) {
        Found::None => "none".to_owned(),
        Found::Doubtful(why) => why.to_owned(),
        Found::List(listed) => listed
            .codes
            .iter()
            .map(|code| format!("{}:{}", code.code, code.label))
            .collect::<Vec<_>>()
            .join("|"),
    }
}

#[track_caller]
fn reads(cases: &[(&str, &str)]) {
    for (says, expected) in cases {
        assert_eq!(&read(says), expected, "{says}");
    }
}

#[test]
fn the_fields_own_label_is_no_label_of_a_code() {
    reads(&[
        (
            "费用承担方：1、我方2、客户3、供应商",
            "1:我方|2:客户|3:供应商",
        ),
        ("状态：1、启用2、禁用", "1:启用|2:禁用"),
        ("普通：1、套装：2、服务：3", "1:普通|2:套装|3:服务"),
        ("启用1、禁用0", "1:启用|0:禁用"),
    ]);
}

#[test]
fn a_slash_divides_words_that_each_have_their_label() {
    reads(&[
        (
            "操作：保存save/提交submit/审核audit",
            "save:保存|submit:提交|audit:审核",
        ),
        ("1：支付宝APP/微信，2：其他", "1:支付宝APP/微信|2:其他"),
        ("1:采购/2:委外", "1:采购|2:委外"),
    ]);
}

#[test]
fn what_only_follows_a_label_is_none_of_it() {
    reads(&[
        ("0=无;1=部门;2=公司 必填", "0:无|1:部门|2:公司"),
        ("1：部门；2：公司 选填", "1:部门|2:公司"),
        ("0：禁用 1：启用默认1", "0:禁用|1:启用"),
        ("0：系统默认 1：自定", "0:系统默认|1:自定"),
        ("0：非必填 1：必填", "0:非必填|1:必填"),
        ("方式｛1：自提；2：快递｝", "1:自提|2:快递"),
        ("方式［1：自提；2：快递］", "1:自提|2:快递"),
    ]);
}

#[test]
fn sentences_that_are_numbered_are_doubtful() {
    let why = "a label of it is a sentence";
    reads(&[
        ("1、修改时必填；2、新增时不填", why),
        ("说明：1.支持模糊搜索 2.不支持空格", why),
        ("单号，S开头为销售，P开头为采购", why),
        ("1：支持，0：不支持", "1:支持|0:不支持"),
        ("1：支持批次，0：不支持批次", "1:支持批次|0:不支持批次"),
    ]);
}
