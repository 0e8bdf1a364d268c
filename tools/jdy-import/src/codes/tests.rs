//! The forms of lists that pages have, and what only looks like one.
//!
//! Owns the examples. Must not know the stages: it asks `find` alone.

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

#[test]
fn a_word_that_joins_two_words_divides_them() {
    reads(&[
        ("操作,审核audit和反审核unaudit", "audit:审核|unaudit:反审核"),
        ("操作,提交submit或撤销unsubmit", "submit:提交|unsubmit:撤销"),
        ("id和number二选一", "none"),
        ("客户cust_id和供应商supplier_id", "none"),
    ]);
}

#[test]
fn a_code_may_be_of_several_words() {
    reads(&[
        (
            "排序；编码升序：number asc（默认），编码降序：number desc，日期：bill_date asc",
            "number asc:编码升序|number desc:编码降序|bill_date asc:日期",
        ),
        (
            "排序，number asc：编码升序，number desc：编码降序",
            "number asc:编码升序|number desc:编码降序",
        ),
        (
            "码升序：“number asc”，码降序：“number desc”",
            "number asc:码升序|number desc:码降序",
        ),
        ("排序：number asc", "it names one code alone"),
    ]);
}

#[test]
fn a_word_of_the_fields_own_label_vetoes_no_list() {
    let why = "its sentence speaks of a format, an example or a choice of fields";
    reads(&[
        ("盘点范围：1：全盘，2：抽盘", "1:全盘|2:抽盘"),
        ("适用范围，1-全部客户，2-部分客户", "1:全部客户|2:部分客户"),
        ("文件格式，1：版式，2：图片", "1:版式|2:图片"),
        ("长度单位，1：米，2：厘米", "1:米|2:厘米"),
        ("价格精度类型：0：整数，1：小数", "0:整数|1:小数"),
        ("1：启用，2：停用，长度1位", why),
        ("取值范围，1：启用，2：停用", why),
        ("序列 格式：001:备注1，002:备注2", why),
        ("序列格式：001:备注1，002:备注2", why),
    ]);
}

#[test]
fn a_label_may_be_a_number_and_its_unit() {
    reads(&[
        ("税率类型：1：13%，2：9%，3：0%", "1:13%|2:9%|3:0%"),
        ("税率，1：6.5%，2：3%", "1:6.5%|2:3%"),
        ("账期类型：30：30天，60：60天", "30:30天|60:60天"),
        ("周期，1：1个月，2：3个月", "1:1个月|2:3个月"),
        ("折扣，1：8折，2：9折，3：无折扣", "1:8折|2:9折|3:无折扣"),
        ("8:00上午，9:00下午", "none"),
        ("1-3年，3-5年", "none"),
    ]);
}

#[test]
fn codes_stand_beside_their_labels_in_many_ways() {
    reads(&[
        ("B（已提交）C（已审核）", "B:已提交|C:已审核"),
        ("启用（1）禁用（0）", "1:启用|0:禁用"),
        ("未收款1 部分收款2", "1:未收款|2:部分收款"),
        ("审核audit 提交submit", "audit:审核|submit:提交"),
        (
            "未收款:A部分收款:B全部收款:C",
            "A:未收款|B:部分收款|C:全部收款",
        ),
        ("状态：未收款:A部分收款:B", "A:未收款|B:部分收款"),
        ("级别：A级客户-A，B级客户-B", "A:A级客户|B:B级客户"),
        ("等级：1星：3，2星：2", "3:1星|2:2星"),
        ("START-开始节点|END-结束节点", "START:开始节点|END:结束节点"),
        ("借:1/贷:-1", "1:借|-1:贷"),
        ("1启用/0禁用", "1:启用|0:禁用"),
        ("借方为1，贷方为-1", "1:借方|-1:贷方"),
    ]);
}

#[test]
fn where_nothing_but_nearness_joins_words_that_is_said() {
    let why = "nothing but nearness joins its words to their labels";
    reads(&[
        ("启用1禁用0", why),
        ("QTRK 其他入库，PYRK 盘盈入库", why),
        ("AR应收 AP应付", why),
        ("y是 n否", why),
        ("PC电脑端、H5手机网页", why),
        ("支付 wx微信 ali支付宝", why),
        ("单价（A）乘以数量（B）", "none"),
        ("第1至第5", "none"),
        ("文本1文本2", "none"),
    ]);
}

#[test]
fn what_says_the_default_is_none_of_the_list() {
    reads(&[
        ("0：禁用，1：启用，缺省1", "0:禁用|1:启用"),
        ("0：禁用，1：启用，默认取1", "0:禁用|1:启用"),
        ("0：禁用，1：启用，默认值1", "0:禁用|1:启用"),
    ]);
}

#[test]
fn the_empty_text_is_a_code() {
    reads(&[
        (
            "（空表示全部，1表示普票，2表示专票）",
            ":全部|1:普票|2:专票",
        ),
        ("（全部：空，未审核：Z）", ":全部|Z:未审核"),
        ("备注：空", "none"),
    ]);
}

#[test]
fn a_list_of_which_a_part_cannot_be_read_is_doubtful() {
    reads(&[(
        "60.充值 62.销售 67.到期:1.POS,2.商城",
        "a label of it holds more signs than a label can",
    )]);
}

#[test]
fn one_value_or_the_name_of_a_field_is_no_list() {
    reads(&[
        ("市-id", "none"),
        ("全部门店=1", "none"),
        ("级次 1-n", "none"),
        ("是否成功(true/false)", "none"),
        ("未收款=1；部分收款=2", "1:未收款|2:部分收款"),
        ("父级，全部：-1", "it names one code alone"),
    ]);
}

#[test]
fn both_truths_need_no_sign_beside_them() {
    let is_bound = |says: &str| matches!(find(says), Found::List(listed) if !listed.is_weak);
    assert!(is_bound("true明细科目，false非明细科目"));
    assert!(!is_bound("现存时返回为true,否则为false"));
    assert_eq!(
        read("true明细科目，false非明细科目"),
        "true:明细科目|false:非明细科目"
    );
}

#[test]
fn a_list_that_is_too_long_is_reported() {
    let codes: Vec<String> = (1..400)
        .map(|code| format!("{code}：木{}", "甲".repeat(code % 7 + 1)))
        .collect();
    assert_eq!(
        read(&format!("种类，{}", codes.join("，"))),
        "it is too long to be read as one"
    );
    assert_eq!(read(&"木材的来源以合同为准。".repeat(200)), "none");
}
