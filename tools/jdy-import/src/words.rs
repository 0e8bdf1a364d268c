//! The vendor's words: each list that a rule of the importer reads.
//!
//! Owns the lists, as data, one for each question. Must not know the rules.

use crate::kind::Plain;
use crate::section::Fact;
use crate::table::Column;

// Codes and their labels.

/// What binds a code to its label: `1代表启用`.
pub(crate) const CODE_BINDERS: [&str; 6] = ["代表", "表示", "标识", "标示", "为", "是"];

/// What counts with the number behind it: `从1开始`, `每页10条`.
pub(crate) const COUNTING: [&str; 17] = [
    "从", "每", "每页", "第", "共", "前", "后", "至", "到", "满", "约", "大于", "小于", "等于",
    "超过", "最多", "最少",
];

/// Units behind a number that is a label: `30：30天`.
pub(crate) const MEASURE_UNITS: [&str; 11] = [
    "%", "天", "日", "个月", "月", "年", "折", "元", "期", "级", "次",
];

/// Names of fields, which are no codes.
pub(crate) const KEY_NAMES: [&str; 12] = [
    "id", "ids", "key", "keys", "number", "numbers", "name", "code", "type", "url", "no", "sku",
];

/// Ends of names of fields.
pub(crate) const KEY_NAME_ENDS: [&str; 4] = ["_id", "_ids", "_number", "_name"];

/// Words behind a label that tell what no value means: `否 为空则不过滤`.
pub(crate) const ABSENCE: [&str; 6] = ["为空", "不传", "不填", "空表示", "空代表", "空则"];

/// What follows such a word.
pub(crate) const ABSENCE_MEANS: [&str; 6] = ["则", "表示", "代表", "默认", "即", "时"];

/// Ends of what stands before such a word where it is part of a sentence: `可不传`.
pub(crate) const NO_ABSENCE_BEHIND: [char; 6] = ['时', '如', '若', '可', '则', '不'];

/// Words behind a label, after a space, that tell whether to send the field: `2=公司 必填`.
pub(crate) const BEHIND_LABEL: [&str; 4] = ["必填", "选填", "非必填", "可选"];

/// What stands between 默认 and the code behind a label: `1：启用默认为1`.
pub(crate) const BEFORE_DEFAULT: [char; 5] = ['为', '是', '值', ':', ' '];

/// Beginnings that make a sentence of a label.
pub(crate) const NO_LABEL_START: [char; 22] = [
    '与', '和', '或', '及', '的', '时', '个', '位', '字', '级', '层', '值', '月', '年', '则', '也',
    '都', '后', '前', '~', '%', '以',
];

/// Ends that make a sentence of a label.
pub(crate) const NO_LABEL_END: [&str; 25] = [
    "id", "ID", "为", "和", "与", "或", "等于", "如", "是", "大于", "小于", "第", "共", "支持",
    "最大", "最小", "最多", "最少", "每页", "默认", "每", "超过", "前", "仅", "当",
];

/// Units that alone are no label: `最多10条`.
pub(crate) const COUNTED_UNITS: [&str; 13] = [
    "条", "个", "级", "层", "位", "次", "项", "行", "张", "页", "字", "种", "倍",
];

/// Names of fields that stand in brackets beside the words that they mean.
pub(crate) const BRACKETED_NAMES: [&str; 10] = [
    "id", "ids", "key", "number", "name", "code", "type", "no", "sku", "url",
];

/// Words whose sentence lists no codes.
pub(crate) const NO_LIST: [&str; 13] = [
    "二选一",
    "三选一",
    "yyyy",
    "YYYY",
    "HH:mm",
    "hh:mm",
    "例如",
    "示例",
    "比如",
    "取值范围",
    "数组下标",
    "选填一个",
    "http",
];

/// Words that describe a text's form behind the codes, and before them where they stand alone; else
/// they belong to the field's own label: `盘点范围`.
pub(crate) const VALUE_FORM: [&str; 4] = ["格式", "范围", "长度", "精度"];

/// Ends of a label that lead to another place.
pub(crate) const CITING_ENDS: [&str; 5] = ["详见", "参考", "参照", "参见", "请参考"];

/// What means that no value is sent, before what that means: `空表示全部`.
pub(crate) const EMPTY_MEANS: [&str; 5] = ["空值表示", "空值代表", "为空表示", "空表示", "空代表"];

/// What leads to another place of the page, or counts: `见附录1`.
pub(crate) const CITING: [&str; 9] = [
    "附录", "附表", "附件", "见附", "见", "见图", "如", "~", "第",
];

/// Words that tell what to do, and are no label.
pub(crate) const LABEL_DEMANDS: [&str; 6] = ["必填", "必传", "必录", "不填", "不传", "为准"];

/// Words of a text that joins several values: `多个用英文逗号隔开`.
pub(crate) const JOINED: [&str; 3] = ["隔开", "分隔", "拼接"];

// Labels of fields.

/// Words that a short name ends with.
pub(crate) const LABEL_NOUNS: [&str; 46] = [
    "id", "ID", "Id", "编码", "编号", "名称", "名", "号", "价", "额", "数量", "数", "率", "日期",
    "时间", "类型", "单位", "备注", "说明", "状态", "类别", "方式", "密码", "电话", "地址", "分录",
    "明细", "列表", "规格", "税", "款", "费", "合计", "成本", "重量", "体积", "规则", "标识",
    "标记", "来源", "方法", "模式", "范围", "原因", "级别", "序号",
];

/// Words that describe a field, and stand in no short name.
pub(crate) const LABEL_TELLS: [&str; 42] = [
    "请", "填", "传", "取", "不", "必", "可", "默认", "缺省", "自动", "系统", "则", "将", "按",
    "据", "返回", "为", "是", "需", "能", "仅", "只", "以", "使用", "支持", "查询", "过滤", "生成",
    "优先", "该", "此", "表示", "代表", "忽略", "如", "若", "当", "保留", "小数", "整数", "隔开",
    "于",
];

/// Labels that are an end of a window, and do not say of which time.
pub(crate) const WINDOW_ENDS: [&str; 4] = ["开始日期", "结束日期", "开始时间", "结束时间"];

/// Beginnings of what tells when a field is sent, and does not name it.
pub(crate) const PROSE_START: [&str; 16] = [
    "如果",
    "假如",
    "如为",
    "如是",
    "若",
    "仅当",
    "传入",
    "传递",
    "不传",
    "不填",
    "可输入",
    "默认查",
    "默认取",
    "默认返回",
    "默认是",
    "默认为",
];

/// Ends of the same.
pub(crate) const PROSE_END: [&str; 7] =
    ["不填", "不传", "必填", "必传", "二选一", "三选一", "是必录"];

/// Ends of a clause that tells by what one may search: `支持按订单编号查询`.
pub(crate) const SEARCHES: [&str; 3] = ["查询", "过滤", "搜索"];

/// Ends of a clause that tells when the field is sent: `类型为套装时传递`.
pub(crate) const WHEN_SENT: [&str; 7] = [
    "时传递",
    "时传",
    "时必传",
    "时必填",
    "时填",
    "时不传",
    "时不填",
];

/// Words that demand a field behind what is done with its record: `修改必传`.
pub(crate) const BEHIND_DEED: [&str; 2] = ["必填", "必传"];

/// What follows 当 in a name: `当前页`.
pub(crate) const WHEN_NAMES: [char; 7] = ['前', '日', '天', '月', '年', '期', '次'];

/// Names that end with 时: `小时`.
pub(crate) const HOURS: [&str; 11] = [
    "小时", "工时", "课时", "学时", "计时", "实时", "临时", "及时", "定时", "用时", "耗时",
];

/// What is done with a record.
pub(crate) const DEEDS: [&str; 6] = ["新增", "修改", "更新", "编辑", "保存", "删除"];

/// What ends a name of several parts: `编码、必填`.
pub(crate) const NO_NAME_START: [&str; 9] = [
    "必填", "必传", "必录", "不能", "不可", "不填", "默认", "如", "请",
];

/// What joins an identifier to the name before it.
pub(crate) const NAME_JOINTS: [char; 14] = [
    '与', '和', '或', '及', '为', '是', '的', '当', '传', '填', '用', '按', '如', '由',
];

/// Words that describe the field and end its name: `手机号必填`.
pub(crate) const LABEL_ENDERS: [&str; 20] = [
    "默认为",
    "不传默认",
    "默认值",
    "不填默认",
    "最大为",
    "必填",
    "必传",
    "固定值",
    "固定传",
    "为空则",
    "为空表示",
    "为空代表",
    "为空时",
    "不传则",
    "不传表示",
    "不传时",
    "不填则",
    "不填表示",
    "不填时",
    "空表示",
];

// Defaults, fixed values and demands.

/// The words that state a default.
pub(crate) const DEFAULT: [&str; 2] = ["默认", "缺省"];

/// The words before a default.
pub(crate) const STATED_DEFAULT: [&str; 6] =
    ["默认值", "默认填写", "默认大小", "默认", "缺省值", "缺省"];

/// Letters of units: a default before one is a number and no code.
pub(crate) const DEFAULT_UNITS: &str = "天日月年个条位页级次元分角小时秒毫周季行张种点倍折人件箱公斤克吨米厘层项块岁度期万千百十亿号工以之到至或和与及起开后前内";

/// The words before the one value to send.
pub(crate) const FIXED_VALUE: [&str; 9] = [
    "都填写",
    "都填",
    "固定传值",
    "固定传",
    "固定填写",
    "固定填",
    "固定值",
    "固定取值",
    "固定为",
];

/// Clauses that demand a field on no condition.
pub(crate) const DEMANDED: [&str; 8] = [
    "必填",
    "必传",
    "必录",
    "必输",
    "必选",
    "必填项",
    "不能为空",
    "不可为空",
];

/// Words that only look like a demand.
pub(crate) const NOT_DEMANDED: [&str; 10] = [
    "非必填",
    "非必传",
    "非必录",
    "非必须",
    "不必填",
    "不是必填",
    "不需传",
    "不需要传递",
    "无需传",
    "不要传",
];

/// Words that demand a field, perhaps on a condition.
pub(crate) const DEMANDING: [&str; 16] = [
    "必填",
    "必传",
    "必录",
    "必须",
    "必选",
    "必输",
    "不能为空",
    "不可为空",
    "二选一",
    "不为空",
    "三选一",
    "选一填",
    "必要",
    "必有",
    "需传",
    "要传递",
];

// Limits.

/// The words before a greatest value.
pub(crate) const MAXIMUM: [&str; 17] = [
    "最大值",
    "最大为",
    "最大不超过",
    "最大支持",
    "最大不能超过",
    "最多返回",
    "最多支持",
    "最多查询",
    "最多",
    "不超过",
    "不能超过",
    "不能大于",
    "小于等于",
    "上限",
    "范围",
    "最大",
    "≤",
];

/// The words before a length, and by how much the number is above it.
pub(crate) const MAX_LENGTH: [(&str, u64); 35] = [
    ("最大长度", 0),
    ("长度不超过", 0),
    ("长度不能超过", 0),
    ("长度不得超过", 0),
    ("长度不可超过", 0),
    ("长度不能大于", 0),
    ("长度不大于", 0),
    ("长度限制", 0),
    ("长度最大", 0),
    ("长度最多", 0),
    ("长度上限", 0),
    ("长度小于等于", 0),
    ("长度小于或等于", 0),
    ("长度小于", 1),
    ("长度<=", 0),
    ("长度≤", 0),
    ("长度<", 1),
    ("长度范围", 0),
    ("不能超过", 0),
    ("不得超过", 0),
    ("不可超过", 0),
    ("不超过", 0),
    ("不能大于", 0),
    ("不得大于", 0),
    ("不大于", 0),
    ("小于等于", 0),
    ("小于或等于", 0),
    ("小于", 1),
    ("最多输入", 0),
    ("最多支持", 0),
    ("最多", 0),
    ("最大", 0),
    ("最长", 0),
    ("限制", 0),
    ("限", 0),
];

/// The units of a text's length.
pub(crate) const LETTER_UNITS: [&str; 6] = ["个字符", "字符", "个字", "字", "位字符", "个汉字"];

/// Words that make 位 count digits or people.
pub(crate) const NO_PLACES: [&str; 7] = ["小数", "整数", "精度", "有效数字", "位数", "人", "员"];

/// The words before a number of digits.
pub(crate) const SCALE: [&str; 6] = [
    "小数点后",
    "小数位数",
    "小数位",
    "小数最多",
    "小数不超过",
    "精度",
];

/// What stands between the two.
pub(crate) const SCALE_BETWEEN: [&str; 10] = [
    "最多",
    "不超过",
    "不能超过",
    "最大",
    "保留",
    "为",
    "是",
    "：",
    ":",
    " ",
];

/// What leads to the range of a number.
pub(crate) const RANGE: [&str; 3] = ["范围", "取值", "介于"];

/// Words of a text that holds several, each with a limit of its own.
pub(crate) const EACH: [&str; 5] = ["每个", "单个", "每条", "每项", "每行"];

/// What turns a limit into its opposite: `不能小于6个字符`.
pub(crate) const NOT: [&str; 5] = ["不", "不能", "不得", "不可", "不应"];

// Times.

/// Words of a label of a date or time.
pub(crate) const TIMES: [&str; 6] = ["日期", "时间", "到期日", "生日", "有效期至", "失效日"];

/// Ends of a label that has such a word and is none.
pub(crate) const NO_TIME_END: [&str; 5] = ["id", "ID", "编码", "名称", "类型"];

/// Words that say what a number of milliseconds is not.
pub(crate) const NO_MILLIS: [&str; 2] = ["非毫秒", "不是毫秒"];

// Types.

/// The names of types, in small letters, as the vendor's pages have them and as other pages do; some
/// are misspelt.
pub(crate) const TYPES: [(Plain, &[&str]); 7] = [
    (
        Plain::Text,
        &[
            "string",
            "str",
            "text",
            "varchar",
            "nvarchar",
            "char",
            "java.lang.string",
            "stirng",
            "sting",
            "strin",
            "字符串",
            "字符串型",
            "文本",
            "字符",
            "字符型",
            "uuid",
            "url",
            "enum",
        ],
    ),
    (
        Plain::Time,
        &[
            "date",
            "datetime",
            "timestamp",
            "time",
            "localdate",
            "localdatetime",
            "日期",
            "时间",
        ],
    ),
    (
        Plain::Integer,
        &[
            "int",
            "integer",
            "long",
            "short",
            "bigint",
            "int32",
            "int64",
            "byte",
            "tinyint",
            "biginteger",
            "java.lang.long",
            "java.lang.integer",
            "整数",
            "整型",
            "interger",
            "interge",
        ],
    ),
    (
        Plain::Number,
        &[
            "number",
            "decimal",
            "double",
            "float",
            "bigdecimal",
            "numeric",
            "num",
            "money",
            "java.math.bigdecimal",
            "数字",
            "数值",
            "数值型",
            "数字型",
            "浮点型",
            "浮点数",
        ],
    ),
    (
        Plain::Flag,
        &[
            "boolean",
            "bool",
            "booleam",
            "boolen",
            "boolan",
            "java.lang.boolean",
            "布尔",
            "布尔值",
            "布尔型",
        ],
    ),
    (Plain::File, &["file", "multipartfile", "binary", "文件"]),
    (
        Plain::Any,
        &[
            "object",
            "json",
            "jsonobject",
            "any",
            "map",
            "hashmap",
            "对象",
        ],
    ),
];

/// The names of lists, in small letters.
pub(crate) const LISTS: [&str; 9] = [
    "list",
    "array",
    "arraylist",
    "set",
    "collection",
    "jsonarray",
    "数组",
    "列表",
    "集合",
];

/// What follows the name of an item: `Row数组`.
pub(crate) const LIST_ENDS: [&str; 3] = ["数组", "列表", "集合"];

/// What stands beside the name of an entity: `Row Object`.
pub(crate) const OBJECTS: [&str; 4] = ["object", "entity", "对象", "实体"];

/// What a type may be besides itself: `string|null`.
pub(crate) const NULLS: [&str; 4] = ["null", "undefined", "nil", "none"];

// Amounts.

/// The words that end the label of a sum of money. This list and the two after it stand in
/// `spec/README.md`, word for word; a test compares them.
pub(crate) const MONEY: [&str; 48] = [
    "额",
    "价税合计",
    "价",
    "价格",
    "费",
    "费用",
    "成本",
    "款",
    "合计",
    "总计",
    "小计",
    "累计",
    "工资",
    "薪资",
    "税",
    "税费",
    "收入",
    "支出",
    "利润",
    "毛利",
    "净值",
    "原值",
    "残值",
    "面值",
    "减值准备",
    "折旧",
    "公积金",
    "公积金公司",
    "养老保险",
    "养老保险公司",
    "医疗保险",
    "医疗保险公司",
    "失业保险",
    "失业保险公司",
    "工伤保险",
    "工伤保险公司",
    "生育保险",
    "生育保险公司",
    "借方发生",
    "贷方发生",
    "定金",
    "订金",
    "押金",
    "租金",
    "佣金",
    "奖金",
    "保证金",
    "整单优惠",
];

/// The words that end the label of a quantity, a rate or a measure.
pub(crate) const MEASURE: [&str; 12] = [
    "率", "数量", "量", "库存", "折扣", "比例", "占比", "体积", "容积", "面积", "毛重", "净重",
];

/// Labels that are a measure as a whole.
pub(crate) const WHOLE_MEASURE: [&str; 5] = ["长", "宽", "高", "长度", "高度"];

/// Endings that only look like one of the words: deeds, documents, accounts.
pub(crate) const NO_AMOUNT: [&str; 38] = [
    "评价",
    "报价",
    "询价",
    "议价",
    "比价",
    "调价",
    "计价",
    "同价",
    "异价",
    "名额",
    "频率",
    "质量",
    "计量",
    "度量",
    "批量",
    "收款",
    "付款",
    "退款",
    "打款",
    "汇款",
    "放款",
    "还款",
    "条款",
    "存款",
    "免费",
    "消费",
    "付费",
    "收费",
    "含税",
    "免税",
    "计税",
    "报税",
    "不折旧",
    "查库存",
    "负库存",
    "计算成本",
    "核算成本",
    "是否折旧",
];

/// Endings that are an amount all the same.
pub(crate) const AMOUNT_ALL_THE_SAME: [&str; 5] =
    ["应收款", "应付款", "预收款", "预付款", "应退款"];

/// Words that qualify an amount and follow it: `支出金额本位币`, `税额合计`.
pub(crate) const AMOUNT_QUALIFIERS: [&str; 10] = [
    "本位币",
    "原币",
    "汇总",
    "小计",
    "合计",
    "总计",
    "累计",
    "分摊",
    "调整",
    "占比",
];

/// Endings of a part that make a key of the whole: `汇率-id`.
pub(crate) const KEY_ENDS: [&str; 7] = ["编码", "编号", "代码", "内码", "档案", "主键", "科目"];

/// Endings of a part that make a kind of the whole: `单价-币别`.
pub(crate) const KIND_ENDS: [&str; 15] = [
    "名称", "类型", "类别", "币别", "单位", "方向", "方式", "等级", "精度", "日期", "时间", "状态",
    "公式", "备注", "说明",
];

/// What a value looks like that holds quantities of several units in words: `3箱2瓶`.
pub(crate) const PACKAGES: &str = "整件散包";

/// The last words of the names of amounts.
pub(crate) const SURE_AMOUNT_NAMES: [&str; 8] = [
    "amount", "amt", "price", "qty", "quantity", "fee", "fees", "cost",
];

/// Last words of names that an amount may have.
pub(crate) const AMOUNT_NAMES: [&str; 17] = [
    "rate",
    "cess",
    "tax",
    "balance",
    "bal",
    "debt",
    "money",
    "discount",
    "weight",
    "volume",
    "debit",
    "credit",
    "coefficient",
    "percent",
    "inventory",
    "depr",
    "salary",
];

/// The first words of the names of questions.
pub(crate) const QUESTION_NAMES: [&str; 8] = [
    "is_", "has_", "show_", "not_", "can_", "fetch_", "hide_", "enable_",
];

// Waivers of a demand.

/// Words of a new record.
pub(crate) const WHEN_NEW: [&str; 5] = ["新增", "新建", "创建", "添加", "为新"];

/// Words of a change.
pub(crate) const WHEN_CHANGED: [&str; 4] = ["修改", "更新", "编辑", "变更"];

/// Words of a value that is not sent.
pub(crate) const ABSENT: [&str; 12] = [
    "不填",
    "不传",
    "不用传",
    "不用填",
    "无需传",
    "无需填",
    "不需要传",
    "不需要填",
    "不需传",
    "为空",
    "不录",
    "留空",
];

/// Words that leave the field to the caller.
pub(crate) const OPTIONAL: [&str; 20] = [
    "非必填",
    "非必传",
    "非必录",
    "非必须",
    "非必选",
    "非必需",
    "不必填",
    "不必传",
    "不是必填",
    "可不填",
    "可不传",
    "可以不填",
    "可以不传",
    "可以为空",
    "可为空",
    "允许为空",
    "可空",
    "选填",
    "可留空",
    "不强制",
];

/// Beginnings of a clause that tell what an absent value means.
pub(crate) const ABSENT_MEANS: [&str; 14] = [
    "为空表示",
    "为空则",
    "为空时",
    "为空默认",
    "为空代表",
    "空表示",
    "不填默认",
    "不传默认",
    "不填则",
    "不传则",
    "不填表示",
    "不传表示",
    "不填以",
    "不填为",
];

// Tables and sections.

/// Words of a heading that is about the answer.
pub(crate) const OF_ANSWER: [&str; 6] = ["响应", "返回", "输出", "出参", "应答", "response"];

/// Words of a heading that is about the request.
pub(crate) const OF_REQUEST: [&str; 4] = ["请求", "调用", "入参", "request"];

/// Words of the heading of an example.
pub(crate) const EXAMPLE: [&str; 4] = ["示例", "样例", "举例", "example"];

/// Words of the heading of the codes that the endpoint returns.
pub(crate) const RETURN_CODES: [&str; 5] = ["返回码", "错误码", "状态码", "errcode", "errorcode"];

/// Words of the heading of the HTTP headers.
pub(crate) const HEADER_SECTION: [&str; 4] = ["headers", "header参数", "请求头", "消息头"];

/// Headings that are this as a whole.
pub(crate) const HEADER_HEADINGS: [&str; 1] = ["header"];

/// Words of the heading of the query.
pub(crate) const QUERY_SECTION: [&str; 6] = [
    "params参数",
    "param参数",
    "query",
    "查询参数",
    "url参数",
    "路径参数",
];

/// Headings that are this as a whole.
pub(crate) const QUERY_HEADINGS: [&str; 1] = ["params"];

/// Words of the heading of the body.
pub(crate) const BODY_SECTION: [&str; 2] = ["body", "请求体"];

/// Headings that are this as a whole.
pub(crate) const BODY_HEADINGS: [&str; 1] = ["表单参数"];

/// Headings that are that of the answer's fields as a whole.
pub(crate) const ANSWER_HEADINGS: [&str; 4] = ["返回", "响应", "输出", "应答"];

/// Words that make a heading about the answer that of its fields.
pub(crate) const ANSWER_SECTION: [&str; 12] = [
    "参数",
    "结果",
    "体",
    "数据",
    "body",
    "response",
    "字段",
    "出参",
    "说明",
    "返回值",
    "内容",
    "信息",
];

/// Words of the heading of the request, wherever its fields travel.
pub(crate) const REQUEST_SECTION: [&str; 4] = ["请求参数", "输入参数", "入参", "requestparam"];

/// Words of the heading of the basic facts.
pub(crate) const BASIC_SECTION: [&str; 4] = ["基本信息", "接口信息", "接口说明", "接口描述"];

/// The names of the facts of an endpoint.
pub(crate) const FACTS: [(Fact, &[&str]); 3] = [
    (
        Fact::Method,
        &[
            "请求方式",
            "请求方法",
            "HTTP方法",
            "Method",
            "请求类型",
            "HTTP请求方式",
            "提交方式",
        ],
    ),
    (
        Fact::Address,
        &[
            "请求地址",
            "请求URL",
            "请求url",
            "接口地址",
            "接口URL",
            "URL",
            "Url",
            "请求路径",
            "接口路径",
        ],
    ),
    (
        Fact::Purpose,
        &[
            "用途说明",
            "用途",
            "接口说明",
            "接口描述",
            "功能说明",
            "功能描述",
        ],
    ),
];

/// The words of the headers of a table of fields, as the vendor's pages have them and as other
/// pages of the kind do.
pub(crate) const HEADERS: [(Column, &[&str]); 8] = [
    (
        Column::Name,
        &[
            "参数名称",
            "参数名",
            "参数",
            "名称",
            "字段",
            "字段名",
            "字段名称",
            "属性",
            "属性名",
            "参数代码",
            "参数编码",
            "参数标识",
            "字段代码",
            "字段编码",
            "字段标识",
            "属性标识",
            "属性编码",
            "接口字段",
            "英文名",
            "英文名称",
            "属性名称",
            "变量",
            "变量名",
            "标识",
            "键",
            "key",
            "name",
            "param",
            "parameter",
            "parametername",
            "field",
            "fieldname",
        ],
    ),
    (
        Column::Type,
        &[
            "参数类型",
            "类型",
            "字段类型",
            "数据类型",
            "属性类型",
            "变量类型",
            "值类型",
            "格式类型",
            "type",
            "datatype",
        ],
    ),
    (
        Column::Required,
        &[
            "是否必填",
            "必填",
            "必选",
            "是否必选",
            "是否必须",
            "必须",
            "是否必传",
            "必传",
            "是否必录",
            "必录",
            "是否必需",
            "必需",
            "是否必输",
            "必输",
            "必要",
            "是否必要",
            "required",
            "mandatory",
        ],
    ),
    (
        Column::Says,
        &[
            "参数说明",
            "说明",
            "描述",
            "参数描述",
            "备注",
            "字段说明",
            "字段描述",
            "含义",
            "参数含义",
            "注释",
            "参数备注",
            "字段含义",
            "解释",
            "中文名",
            "中文名称",
            "参数描述信息",
            "description",
            "desc",
            "remark",
            "comment",
        ],
    ),
    (
        Column::More,
        &[
            "取值",
            "取值说明",
            "取值范围",
            "枚举",
            "枚举值",
            "枚举说明",
            "可选值",
            "补充说明",
            "详细说明",
            "其他说明",
            "其它说明",
            "使用说明",
            "特殊说明",
            "规则",
            "格式",
            "约束",
            "format",
            "enum",
            "note",
            "notes",
        ],
    ),
    (
        Column::Example,
        &[
            "参数示例",
            "示例",
            "示例值",
            "参考示例",
            "样例",
            "例子",
            "example",
        ],
    ),
    (Column::Default, &["默认值", "默认", "缺省值", "default"]),
    (
        Column::Length,
        &[
            "长度",
            "最大长度",
            "字段长度",
            "参数长度",
            "length",
            "maxlength",
        ],
    ),
];

/// Cells of the required column that say yes.
pub(crate) const REQUIRED_YES: [&str; 17] = [
    "true", "是", "y", "yes", "必填", "必选", "必传", "必须", "必录", "必需", "required", "m", "√",
    "✓", "✔", "1", "t",
];

/// Words that ask in a cell what its header asks, before the answer.
pub(crate) const REQUIRED_ASKS: [&str; 7] =
    ["必填", "必选", "必传", "必须", "必录", "必需", "required"];

/// Cells that say no.
pub(crate) const REQUIRED_NO: [&str; 20] = [
    "false",
    "否",
    "n",
    "no",
    "选填",
    "可选",
    "非必填",
    "非必选",
    "非必传",
    "非必须",
    "非必录",
    "非必需",
    "不必填",
    "optional",
    "o",
    "×",
    "✗",
    "0",
    "f",
    "不是",
];

/// The headers of a column of codes.
pub(crate) const CODE_HEADERS: [&str; 25] = [
    "值",
    "取值",
    "枚举值",
    "枚举",
    "参数值",
    "字段值",
    "可选值",
    "属性值",
    "选项",
    "选项值",
    "代码",
    "编码",
    "编号",
    "状态码",
    "类型码",
    "码值",
    "状态值",
    "类型值",
    "状态",
    "类型",
    "code",
    "value",
    "enum",
    "key",
    "键值",
];

/// The headers of a column of labels.
pub(crate) const LABEL_HEADERS: [&str; 17] = [
    "说明",
    "含义",
    "描述",
    "名称",
    "备注",
    "解释",
    "注释",
    "中文",
    "中文名",
    "中文名称",
    "标签",
    "label",
    "name",
    "meaning",
    "description",
    "desc",
    "text",
];

/// Beginnings that make a sentence of a title.
pub(crate) const SENTENCE_START: [&str; 8] =
    ["用于", "用来", "通过", "本", "该", "此", "可", "根据"];

/// Words of a title that the vendor's own documentation leaves out.
pub(crate) const HIDDEN: [&str; 2] = ["不生成对外", "隐藏字段"];

/// Types that are no entity, whatever the page describes.
pub(crate) const PLAIN_TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "int", "long"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_words_of_amounts_stand_in_the_readme_of_the_spec() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/README.md");
        let text = std::fs::read_to_string(path).unwrap();
        let written = format!(
            "a sum of money ({}) or a quantity, rate or measure ({}; {} alone)",
            MONEY.join(", "),
            MEASURE.join(", "),
            WHOLE_MEASURE.join(", ")
        );
        assert!(text.contains(&written), "missing: {written}");
    }
}
