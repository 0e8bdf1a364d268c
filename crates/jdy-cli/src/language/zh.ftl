# 中文消息。测试会检查两份目录是否对应，以及目录与代码是否一致。术语见 docs/glossary.md。

option-profile = 使用此配置档代替环境变量（同 JDY_PROFILE）
option-words = 接口标识、路径、标题或字段中包含的词，中英文均可；必须全部匹配
option-format = 列表的输出格式
option-operation = 接口标识（用 `jdy ops` 查看），或其 METHOD:PATH
option-show-format = 输出格式
option-required = 省略可以不填的列
option-describe = 只打印每列填什么，不打印表头
option-explain = 显示签名的每一步，而不只是签名；绝不显示密钥
option-client-secret = 应用密钥（client secret）；不填时取 JDY_CLIENT_SECRET
option-nonce = 随机数，一个正整数；不填时随机生成
option-timestamp = 1970 年以来的毫秒数；不填时取当前时间
option-method = GET、POST、PUT 或 DELETE
option-path = 路径，不编码，不带查询参数
option-query = 查询参数，不编码，顺序不限
option-call-operation = 接口标识（用 `jdy ops` 查看），或 METHOD:PATH
option-fields = 请求的字段；列表或对象用 JSON 表示
option-call-query = 规范中没有、且带请求体的路径的查询参数；可重复
option-json = 其他字段，一个 JSON 对象；@- 表示标准输入
option-extra = 规范中没有的字段，按 JSON 或文本发送；可重复
option-raw = 原样打印收到的响应体，被拒绝时也打印
option-deadline = 一次调用连同所有重试最多用多长时间：500ms、30s（默认）、2m
option-account = 该配置档中的另一个账套
option-expect-app-key = 若要调用的账套不是这个 app key，则拒绝调用
option-all = 读取列表的全部页，每条记录输出一行
option-dry-run = 按规范检查请求，打印将要发送的内容，但不发送
option-call-format = 数据的输出格式；表格会截断过长的值
option-columns = --format csv 的列：每行的字段，如 id,customer.name 或 entries[0].id
option-shell = shell 的名称
option-folder = 存放所有命令手册页的文件夹；不填时只打印 jdy 的手册页
option-journal = 保存每行结局的调用日志：一个文件，或 postgres://USER@HOST/DB
option-list = 清单在数据库中的名称
option-file = 要调用的清单：.csv（首行为字段名），或 .jsonl（每行一个对象）
option-key = 作为业务单号的字段，规范没有指定时使用：a，或 a.b
option-allow-identical = 允许两行内容相同且没有业务单号；两行都会发送
option-allow-repeated = 允许新清单包含数据库中另一清单已有的行
option-trust-failover = 主备切换后继续运行；仅用于备库已有全部提交的数据库
option-recover-journal = 数据库地址 postgres://USER@HOST/DB，使用拥有这些表的角色
option-missing = 数据库可能缺少什么
missing-calls = 缺少已发出的调用：所有将要发送的行改为结局未知，因为它们可能已经发出
missing-nothing = 确定什么都不缺：各行保持不变
option-concurrency = 同时进行的调用数
option-rate = 每分钟的调用次数；网关对每个账套最多接受 500 次
option-batch-deadline = 每次调用连同所有重试最多用多长时间：500ms、30s（默认）、2m
option-reconcile = 核对结局未知的行：已生效的记为完成，确认未生效的会发送
option-wait = 一直等到网关不可能再接受丢失的请求，然后再核对一次
option-max-pages = 列表不能按编号过滤时，最多读取多少页来确认单据不存在
option-resend-unknown = 重发这些结局未知的行，用业务单号指定（没有业务单号时用行号）；发送过 N 次的写 KEY@N
option-settle = 查询后录入结果：applied 记为完成，absent 会发送；发送过 N 次的写 KEY=absent@N
option-by = 由谁查询确认，写入调用日志；不填时取本机用户名
option-results = 运行结束时，把每行返回的结果写入这个文件
option-batch-format = 汇总的输出格式
option-listen = 监听地址；不填时取 127.0.0.1 的一个空闲端口
option-beyond-loopback = 允许监听其他机器可以访问的地址
option-admin-anywhere = 允许其他机器使用 /__sandbox/ 下的管理接口
option-faults = 注入的故障；可重复
option-dedupe-src-bill-id = 充值的 src_bill_id 重复时，返回第一张单据
option-allow-extra = 接受规范中没有的字段，并在日志中列出
option-state = 保存状态的文件：启动时读取，结束时写回
option-empty = 从空账套开始，不预置示例店铺数据
option-strict-references = 保存时引用了不存在的客户、商品等，则拒绝
option-members = 指定会员，代替默认会员；可重复

about-ops = 列出接口：全部，或按关键词查找
about-show = 显示规范中一个接口的说明：字段、代码值、操作类型和响应数据
about-sign = 显示一个请求的签名及其计算过程
about-call = 调用一个接口，并打印响应数据
about-batch = 对文件的每一行调用一次接口，中断后可从停下的地方继续
about-accounts = 列出一个实例已授权的账套
about-doctor = 按顺序检查调用所需的各项条件，并说明如何处理
about-mcp = 通过标准输入和标准输出为智能体提供服务（Model Context Protocol）
option-mcp-write = 允许写入的接口，可重复；不给出则不能写入
option-mcp-journal = 保存每次写入的结局：文件，或 postgres://USER@HOST/DB
option-mcp-list = 数据库中调用日志的名称
option-mcp-account = 使用该配置档中的哪个账套；每次调用也可另行指定
option-mcp-settle = 录入查询结果后结束：KEY=applied 记为完成，KEY=absent 可以再发（N 次之后写 absent@N）
option-mcp-by = 由谁查询确认；不填时取本机用户名
about-completions = 打印命令行补全脚本
about-man = 生成 man 手册页
about-template = 打印 `jdy batch` 清单的表头，并说明每列填什么
about-sandbox = 在本机运行一个与真实网关行为一致的沙箱
about-batch-status = 显示清单的状态、工作进程和结局未知的行，不做任何改动
about-batch-recover = 处理经过恢复、复制或主备切换的数据库：其中可能缺少已发出的记录
about = 查找、签名和调用金蝶 JDY（星辰）开放接口，或运行本地沙箱

format-json = 供程序读取
format-table = 供人阅读
format-call-json = 供程序读取：数据占一行；加 --all 时每条记录一行
format-call-csv = 供电子表格使用：列表的各行，与 --all 和 --columns 一起使用

argument-no-name = = 前面没有名称
argument-no-pair = 缺少 =；名称和值要写成 NAME=VALUE
argument-settle = 应写成业务单号、=，再加 applied 或 absent；重发过的行再加 @ 和查询的是第几次调用，如 absent@2；多个之间用空格分隔：A=applied B=absent
argument-somebody = 应填写姓名
argument-method = 请求方法只能是 GET、POST、PUT 或 DELETE
argument-path-begin = 路径要以 / 开头
argument-path-query = 路径中不能有 ? 或 #；查询参数请写成 NAME=VALUE
argument-digits = 只能填数字
argument-duration = 时间写成整数加单位 ms、s 或 m，例如 30s
argument-concurrency = 应为 1 到 { $most } 的整数
argument-address = 地址写成 IP 地址加端口，例如 127.0.0.1:8080

help-jdy =
    示例：
      jdy ops
      jdy ops 充值                      # 查找接口；jdy show ID 显示它的字段
      jdy sandbox                       # 在一个终端中运行；它会打印供另一个终端使用的环境变量
      jdy call ls.mall_recharge_rule member_id=10

    环境变量：
      JDY_CLIENT_ID JDY_CLIENT_SECRET   应用 ID 和应用密钥（client secret）
      JDY_APP_KEY JDY_APP_SECRET JDY_ROUTER_ADDR
                                        一个账套，取自它的授权信息
      JDY_OUTER_INSTANCE_ID             或实例 ID，由它查询账套
      JDY_BASE_URL                      金蝶以外的网关地址
      JDY_TOKEN_STORE                   令牌存放处：memory、file:PATH 或
                                        redis://HOST:PORT、rediss://HOST:PORT（TLS）；
                                        不填时为缓存文件夹中的一个文件
      JDY_SHARE_LIMITS                  1：使用同一个 Redis 的进程共同遵守限流；
                                        0：同一个数据库清单的进程也各自计算
    令牌存储出现故障不会使调用停止，只在 stderr 提示一次。只有账套仅由 JDY_OUTER_INSTANCE_ID
    得出时例外：存储恢复可读或设置 JDY_APP_KEY 之前不发出任何调用，因为之前用的可能是别的账套。

    { $profiles }

    { $status }
help-ops =
    示例：
      jdy ops
      jdy ops 充值 规则
      jdy ops member_id recharge
      jdy ops --format json

    每个词都出现在接口的标识、路径、标题，或某个字段的名称、标签中，就算找到，不分大小写。
    靠字段找到的排在最后，“匹配字段”一列列出是哪个字段。一个也没找到时退出码为 1。
    在终端上表格按终端宽度截断；写入文件或管道时不截断。

    { $status }
help-show =
    示例：
      jdy show ls.mall_recharge
      jdy show POST:/jdy/v2/scm/sal_order
      jdy show bd.material bd.customer --format json

    a.b 是对象 a 的字段 b，a[].b 是列表 a 每一项的字段 b。字段下面列出已知的代码值。
    有默认值的必填字段可以不填。“查询方法”用来确认响应丢失的调用是否生效：(f) 代表调用中字段 f 的值。

    { $status }
help-template =
    示例：
      jdy template ls.mall_recharge > recharges.csv
      jdy template scm.sal_order_save --required > orders.csv
      jdy template scm.sal_order_save --describe

    表头输出到 stdout，每列填什么输出到 stderr。每次调用填一行，再把文件交给 `jdy batch`。
    不是必填的列可以删去。

    { $status }
help-sign =
    示例：
      jdy sign --explain --nonce 4427456950 --timestamp 1670305063559 \
          GET /jdy/v2/bd/material search=测试 page=1

    请求体不参与签名，所以不需要提供。本机的其他用户可能看到命令行参数，
    因此请用 JDY_CLIENT_SECRET，不要用 --client-secret。

    { $status }
help-call =
    示例：
      jdy call ls.mall_recharge_rule member_id=10 --format table
      jdy call ls.mall_recharge member_id=10 bal_amount=100.00 src_bill_id=R-2026-0001 \
          settle_entries='[{ "{" }"pay_type":"1","settle_amt":"100.00"{ "}" }]'
      jdy call ls.mall_recharge --json @recharge.json
      jdy call ls.member page=1 page_size=10 --extra operation_key=audit
      jdy call bd.material --all --format csv --columns id,number,name
      jdy call ls.mall_recharge --dry-run --json @recharge.json
      jdy call GET:/jdy/v2/bd/not_in_the_spec page=1 page_size=10

    值按文本填写，数字、金额和日期从文本解析；字段不是文本时，JSON 数组或对象原样填入。
    查询参数中的列表可以是一项（id=1）、多项（id=1 id=2）或一个 JSON 数组；逗号不作分隔。
    其他名称不能重复。

    NAME=@FILE 取文件内容，去掉最后的换行（base_string=@FILE 取其 Base64）；@- 是标准输入；
    值本身以 @ 开头时写成 @@。文件类型的字段填文件路径：@a.png 或 a.png。

    --extra 发送规范中没有的字段：GET 或没有请求体的 DELETE 放入查询参数，其他放入请求体。
    值是 JSON 时原样填入（--extra n=7；要文本则写 --extra 'n="7"'），否则按文本填入。
    响应中规范没有的字段会在 stderr 提示数量，用 --raw 查看。

    METHOD:PATH 若是 SDK 已知的接口，等同于该接口。其他路径：GET 或 DELETE 的字段作为查询参数，
    名称可以重复；POST 或 PUT 的字段组成 JSON 对象作为请求体，查询参数用 --query 提供；
    --json 是请求体。

    --all 从第一页（或指定的页）读到列表末尾，未指定每页行数时取允许的最大值，
    每条记录输出一行 JSON，加 --columns 时输出一行 CSV。如果无法确认列表完整（响应丢失、
    同一页出现两次、行数少于响应所说），则以错误结束。--deadline 对每一页单独计时。

    --dry-run 不需要凭据。它打印 { "{" }"method","path","query","body"{ "}" }，查询参数为名值对，
    均不编码；表单的各部分在 "form" 之下。

    数据打印为一行 JSON，没有数据时打印 { "{" }{ "}" }。字段缺少、未知或类型不符时，发送之前就会被拒绝。

    { $status }
help-accounts =
    示例：
      jdy accounts
      jdy --profile shop-a accounts --format json

    向实例（JDY_OUTER_INSTANCE_ID）查询，不需要令牌。标为有效的账套可以调用：
    把它的 app key 填入 JDY_APP_KEY，或配置档中的 app_key。--format json 时输出一个对象数组：
    app_key、account_id、account_name、service_id、group_name、router_addr、status、live。
    不显示授权密钥（app secret）。

    { $status }
help-doctor =
    示例：
      jdy doctor
      jdy --profile shop-a doctor --account second

    每项检查打印一行：ok 正常、warning 警告、FAILED 失败或 skipped 跳过，然后是名称、检查结果，
    以及如何处理。依赖失败项的检查会跳过。

      设置       环境变量或配置档是否完整，指向哪个账套
      网关地址   调用发往哪里
      DNS        网关域名能否解析
      TLS        能否建立连接、证书是否可信、有无响应
      时钟       本机时钟与网关 Date 的差距；允许 5 分钟
      账套       实例授权了哪些账套，调用哪个 app key
      令牌       令牌的来源和有效时间
      读取调用   读取 bd.material 的一页
      令牌存储   两次命令之间令牌存放在哪里
      共享限流   哪些进程共同遵守网关的限流

    只读取数据，不显示任何密钥。

    退出码：
      0  没有失败的检查；可能有警告
      1  有检查失败
      2  用法错误
help-mcp =
    示例：
      jdy mcp
      jdy --profile shop-a mcp
      jdy mcp --write scm.sal_order_save --journal agent.journal
      jdy mcp --journal agent.journal --settle XSDD-0007=absent --by "Li Lei"

    通过标准输入和标准输出使用 Model Context Protocol，由智能体的客户端启动：
      {"{"}"mcpServers": {"{"}"jdy": {"{"}"command": "jdy", "args": ["--profile", "shop-a", "mcp"]{"}"}{"}"}{"}"}

    提供三个工具：search、show、call。只能调用查询类接口，以及 --write 列出的接口；写入必须经过
    调用日志，并带上调用方自己的业务单号：同一个业务单号绝不会发送两次，返回结果会说明是否已生效。
    没有业务单号的请求会被拒绝。规范中没有业务单号字段的接口，用工具的参数 `key` 指定；涉及资金
    而没有业务单号的接口不能放开。写入只发往启动时指定的账套。

    没有收到响应的写入记为 unknown（结局未知）。有人查询确认并用 --settle 录入结果之前不会重发；
    没有业务单号字段的请求，换一个业务单号也不会重发。

    --journal 的文件同一时间只能由一个进程使用。标准输入关闭后程序结束，并等待进行中的写入。

    { $status }
help-completions =
    示例：
      jdy completions bash > ~/.local/share/bash-completion/completions/jdy
      jdy completions zsh > ~/.zfunc/_jdy
      jdy completions fish > ~/.config/fish/completions/jdy.fish

    { $status }
help-man =
    示例：
      jdy man ~/.local/share/man/man1
      jdy man | man -l -

    手册页只有英文。

    { $status }
help-batch-recover =
    示例：
      jdy batch recover --journal postgres://jdy_owner@db.example/shop --missing calls
      jdy batch recover --journal postgres://jdy_owner@db.example/shop --missing nothing

    从备份恢复的数据库，或切换到缺少最后几次提交的备库后，不知道此后发出了哪些请求，
    会再次发送。因此在执行本命令之前，这样的数据库不会发出任何请求。本命令处理全部清单，
    要么全部完成，要么什么都不改；执行时不能有进程在处理这些清单。

    --missing calls：所有待发送、进行中、未发送和结局未知的行都改为结局未知。
    然后用 --reconcile --wait 再次运行每个清单：已生效的记为完成，未生效的重新发送。
    查询无法判定的（例如储值）由人工查询，再用 --settle 记录。
    --missing nothing：各行保持不变。仅在确定时使用：备库已有全部提交
    （synchronous_standby_names），或备份之后没有发送过任何请求。

    数据库中整个缺失的清单，以及 jdy mcp 或服务在此后接受的业务单号，都无从得知：
    请先查询，再运行该清单或再次使用该单号。
help-batch-status =
    示例：
      jdy batch status --journal recharges.journal
      jdy batch status --journal postgres://jdy@db.example/shop --list May --format json

    工作进程已结束的调用显示为 unknown（结局未知），即使其他工作进程尚未记录。
    --format json 时输出一个对象：

      list, operation, destination, journal   清单、接口、账套和调用日志；journal 是调用 ID 的前缀
      lines, counts                           总行数，以及各状态的行数
      workers   工作进程：id（后加入的更大）、name（主机、进程号和随机部分）、joined_at、
                lease_left_ms（租约已到期为 null）、running（正在参加本次运行）、
                reconciler（负责核对结局未知的行）、claimed（已领取未发送的行数）、
                under_way（进行中的调用）、ended_at、end_reason（已离开、租约到期）
      unknown   结局未知的行：line、key、call_id、sent、resent、left_at、ended_at、report、
                settle（用于 --settle 的内容：applied、absent）
      late      工作进程租约到期、该行已另有处理之后才到的结局：line、key、worker、at、state、
                report、contradicts。contradicts 为 true 表示该行可能生效两次，
                或根本没有生效：请设置告警，并立即查询

    时间是 1970 年以来的毫秒数；工作进程的时间以数据库时钟为准。一个文件只存一个清单，
    没有工作进程。
help-batch =
    示例：
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal
      jdy batch scm.sal_order_save orders.jsonl --journal orders.journal --reconcile --wait
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal \
          --resend-unknown R-2026-0007
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal \
          --settle R-2026-0008=applied R-2026-0009=absent
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal --results results.csv

      recharges.csv，表头由 `jdy template ls.mall_recharge` 打印：
        member_id,bal_amount,src_bill_id
        10,100.00,R-2026-0001

    单元格的填法与 `jdy call` 的值相同，但不能用 @ 指定文件；空单元格表示不填该字段。
    a.b 和 a[0].b 这样的列对应对象和列表中的字段；只有两个引号表示空文本。第一次调用之前会检查全部内容：
    只要有一处错误，就什么都不发送，也不创建调用日志。业务单号不能重复；规范没有指定业务单号的字段时，
    用 --key 指定。没有业务单号且内容相同的两行会被拒绝，除非用 --allow-identical 说明两行都要。
    在数据库中，同一账套的另一清单已有的行会被拒绝，除非用 --allow-repeated 说明要再发送一次。

    用同样的文件和调用日志再次运行即可继续：已完成（done）、被拒绝（rejected）和已生效（applied）的行
    不会重复，未发送的行会发送。响应丢失，或运行被强行终止时仍在进行中的行，结局未知（unknown）。
    --reconcile 在运行结束时按编号核对这些行：查到内容一致的单据，该行记为完成；确认单据不存在，
    该行会重新发送。最后一次尝试之后 10 分钟才能确认不存在：网关可能在 5 分钟内接受请求，
    再给业务系统留 5 分钟。在此之前会提示何时可以确认，加 --wait 会一直等待。
    核对无法得出结论的行（例如充值，其流水没有编号）由您处理：查询之后用 --settle 录入结果，
    applied（已生效）的行记为完成，absent（未生效）的行由本次运行发送；调用日志会记录确认人和时间。
    更早一次调用的查询结果不能说明最后一次，所以发送过两次的行写 KEY=absent@2；
    汇总中列出每行应写的内容。最后一次调用之后 10 分钟内仍可能生效，此时不能录入 absent。
    同样的内容再次录入不会有任何改变，并会提示。
    响应无法解析的行是 applied，用 --settle KEY=applied 表示已确认。--resend-unknown 不经查询直接重发：
    只有成功才算有结果，否则该行仍为 unknown，再次重发要写 KEY@2。
    以 - 开头的业务单号要紧跟在选项后面写：--settle=-5=applied、--resend-unknown=-5。
    按 Ctrl-C 后不再开始新的行，等待进行中的调用结束；再按一次则不再等待。关闭终端等同于按一次 Ctrl-C。

    如果网关在业务系统收到之前连续拒绝几行（路由地址错误、缺少权限），运行会提前结束；
    改正设置后，用同样的命令即可发送这些行。

    --results FILE 在每次运行结束时整体重写，包含历次运行的所有行：
    line、key、state、生成单据的 number 和 id、verdict（处于该状态的原因）、发送次数 sent、
    call_id。
    { "." }csv 供电子表格使用（带 BOM），.jsonl 还包含每次响应的数据。只有文件所有者可以读取。
    再次运行时，已完成的行不会重发。

    调用日志按请求内容识别清单，所以文件可以换一种形式重新保存。
    同一份清单换一个调用日志就会重新发送，因此切勿更换。调用日志保存业务单号和响应，
    只有文件所有者可以读取。进程被强行终止后，旁边可能留有以 -wal 结尾的文件，请保留在原处。

    使用 --journal postgres://USER@HOST/DB --list NAME 时，调用日志存入数据库，一个数据库可存多个清单。
    同样的命令可在任意多台机器上启动：第一台录入清单，其他机器加入，各自领取别人没有领取的行，
    最后一同结束，计数一致。其中一台宕机后，约一分钟后由其他机器接手该机器的行，进行中的调用结局未知。
    --resend-unknown 和 --settle 可以在任意几台上给出，只执行一次；结局未知的行由其中一台统一核对。
    它们共同遵守 --rate 和每分钟两次令牌调用的限制，在数据库中计数
    （JDY_SHARE_LIMITS=1 在 Redis 中计数，0 各自计算）。
    `jdy batch status` 可在任何地方查看清单及其工作进程。密码取自 PGPASSWORD、~/.pgpass 或服务文件。
    到其他机器的连接会加密并验证（地址中的 sslrootcert=FILE 指定自己的 CA）。
    数据库不可用期间不再发送任何行。

    { $status }
help-sandbox =
    示例：
      jdy sandbox --listen 127.0.0.1:8080 --member 10=100.00 \
          --fault 'lost-after-commit@/jdy/v2/ls/mall_recharge*1'

    沙箱打印自己的地址、供 `jdy call` 和 SDK 使用的环境变量，以及会员；之后每个请求在 stderr 打印一行，
    其中对拒绝原因的说明始终是英文。
    按 Ctrl-C 结束。`--fault help` 列出故障的种类。
    用浏览器打开地址下的 /__sandbox/ 即可看到控制台：请求、单据和故障。
    所有沙箱的凭据都相同，能访问它的人就知道凭据。真实业务系统是否会识别重复的 src_bill_id，尚不清楚。

    { $status }
help-profiles =
    配置档，在 ~/.config/jdy/config.toml 或 JDY_CONFIG 指定的文件中：
    { "  [" }profiles.shop-a]
      client_id = "300001"
      client_secret = { "{" } file = "shop-a.secret" { "}" }    # 权限 0600；或 { "{" } env = "NAME" { "}" }，
                                                    # 或 { "{" } command = ["pass", "show", "jdy"] { "}" }
      outer_instance_id = "4924"  # 或填一个账套的 app_key、app_secret 和 router_addr
      # 还可以有 base_url、token_store、share_limits = true
    { "  [" }profiles.shop-a.accounts.second]             # 用 --account second 选择
      app_key = "TGG8x4aK"
    不接受明文密钥。环境变量和配置档绝不混用：使用配置档时，JDY_CLIENT_ID 到 JDY_BASE_URL 的变量
    一个都不能设置（配置档自己引用的密钥变量除外），以免调用发到别的店铺。配置档中没有相应的键时，
    JDY_TOKEN_STORE 和 JDY_SHARE_LIMITS 仍然有效。

exit-status-call =
    退出码：
      0  完成
      1  其他错误
      2  用法错误；没有发出任何请求
      3  rejected（被拒绝）：业务系统拒绝了请求，或拒绝了其中的明细
      4  not sent（未发送）：请求没有发出，或业务系统收到之前就被拒绝
      5  unknown（结局未知）：可能已经生效；先查询，再决定是否重发
      6  applied（已生效）：已经生效，但响应无法解析，或没有说明每一行的结果
exit-status-batch =
    退出码，综合所有行和历次运行；同时符合几种情况时，取下面顺序中的第一个：
      5  有行结局未知（unknown）：可能已经生效，请查询
      6  有行已生效（applied）：已经生效，但响应无法解析或不明确
      4  有行未发送（not sent）或尚未尝试；请再次运行
      3  有行被拒绝（rejected）：业务系统拒绝了请求，或拒绝了其中的明细
      0  所有行已完成
    其他情况：
      1  其他错误
      2  用法错误，或文件、调用日志被拒绝；没有发出任何请求
exit-status-rest =
    退出码：
      0  完成
      1  其他错误
      2  用法错误

message-and-more = { $message }；{ $more }

cannot-run-calls = 无法执行调用：{ $error }
cannot-listen = 无法监听 Ctrl-C：{ $error }
cannot-print-script = 无法打印脚本：{ $error }
cannot-print-page = 无法打印手册页：{ $error }
cannot-write = 无法写入 { $file }：{ $error }
cannot-make-page = 无法生成手册页：{ $error }
cannot-print-list = 无法打印列表：{ $error }
cannot-print-rows = 无法打印数据行：{ $error }
cannot-print-request = 无法打印请求：{ $error }
cannot-print-summary = 无法打印汇总：{ $error }
cannot-print-status = 无法打印状态：{ $error }
cannot-print-checks = 无法打印检查结果：{ $error }
cannot-print-signature = 无法打印签名：{ $error }
cannot-print-columns = 无法打印表头：{ $error }
cannot-print-operation = 无法打印接口说明：{ $error }

accounts-no-instance = { $origin }：没有指定实例，而账套要向实例查询；请设置 JDY_OUTER_INSTANCE_ID，或配置档中的 outer_instance_id；没有发出任何请求
accounts-none = 该实例没有已授权的账套

interrupted = 已中断
interrupted-read = 已中断；该接口只读取数据，可以重新执行

heading-app-key = app key
heading-live = 有效
heading-name = 名称
heading-account-id = 账套 ID
heading-service-id = 服务 ID
heading-router-address = 路由地址
heading-found-in = 匹配字段
heading-id = 标识
heading-method = 方法
heading-path = 路径
heading-module = 模块
heading-effect = 操作类型
heading-title = 标题
heading-state = 状态
heading-lines = 行数
heading-line = 行号
heading-key = 业务单号
heading-call-id = 调用 ID
heading-last-call = 最近一次调用 (UTC+8)
heading-asked-for = 请求内容
heading-what-to-check = 核对方法
heading-why = 原因
heading-sent = 发送次数
heading-settle = 用于 --settle
heading-joined = 加入时间 (UTC+8)
heading-claimed = 已领取
heading-under-way = 进行中
heading-worker = 工作进程
heading-at = 时间 (UTC+8)
heading-outcome = 结局
heading-report = 说明
heading-field = 字段
heading-value = 值
heading-field-of-answer = 响应字段
heading-type = 类型
heading-in = 位置
heading-required = 必填
heading-label = 标签
heading-notes = 备注
heading-column = 列
heading-takes = 填写内容

yes = 是

no = 否
no-list-format = { $file } 不是 .csv 也不是 .jsonl 文件
no-reason = 原因不明

store-failed-any = 令牌或共享限流的存储出现故障（{ $error }）；绕过存储继续执行，因此令牌不会保存，或不再共享限流
store-failed-both = 令牌存储出现故障（{ $error }）；绕过存储继续执行，因此令牌不会保存，也不再共享限流
store-failed-tokens = 令牌存储出现故障（{ $error }）；绕过存储继续执行，因此令牌不会保存

waiting-for-calls = 正在等待共享限流放行调用
waiting-for-token-calls = 正在等待共享限流放行令牌调用

router-over-https = 路由地址 { $address } 将改用 https 传递

settings-refused = 设置有误：{ $error }；环境变量见 `jdy --help`
settings-account = --account { $account } 是某个配置档中的账套；请用 --profile 选择配置档；没有发出任何请求
settings-both = 选择了配置档 { $profile }，但环境变量中也设置了 { $variables }；无法确定是哪个店铺，请取消这些变量，或不用配置档；没有发出任何请求
settings-no-profile = --profile 是空的，无法确定是哪个店铺；请写明配置档，或去掉该选项；没有发出任何请求
settings-unreadable = { $variable } 的值不是 UTF-8，无法确定其含义；请改用 UTF-8，或取消该变量；没有发出任何请求
settings-and = 、
settings-environment = 环境变量
settings-profile = 配置档 { $profile }
settings-profile-account = 配置档 { $profile } 的账套 { $account }
settings-or-account = 或用 --account 选择一个账套：{ $accounts }

call-csv-columns = --format csv 需要指定列：--columns id,number；可用的列见 `jdy show`
call-columns-csv = --columns 只能与 --format csv 一起使用
call-csv-all = --format csv 用于列表的各行；请加 --all
call-table-all = 表格要等全部行到齐才能排版；--all 请使用 json 或 csv
call-pages-unknown = 规范中没有这个路径，不知道它如何分页
call-interrupted = { $operation } unknown（结局未知）：已中断
call-other-app-key = { $origin }：指向 app key { $own }，而要调用的是 app key { $wanted }；请使用该账套的配置；没有发出任何请求
call-look-up = 调用后满 { $minutes } 分钟仍查不到，才能认定未生效；查询方法：{ $how }
call-applied = { $operation } applied（已生效）：调用已完成，但{ $why }；{ $hint }
call-data-unread = 数据无法解析：{ $error }
call-unprinted = 响应无法打印：{ $error }

advice-ask-again = 该接口只读取数据，可以重新执行
advice-look-up = 可能已经生效；先查询，再决定是否重发
advice-never-again = 请勿重发
advice-fix-request = 改正请求后再发送
advice-fix-refused = 没有生效；按拒绝原因改正后再发送
advice-fix-rows = 其他明细可能已经生效；切勿整体重发，先查清哪些已生效，只改正并发送被拒绝的明细
advice-credentials = 没有生效；请检查凭据（应用 ID、密钥、app key）和应用的权限
advice-unconfirmed = 没有发出；令牌存储出现故障，无法核对该实例的账套；请修复令牌存储，或用 JDY_APP_KEY 指定账套
advice-setup = 没有生效；请检查路径和路由地址
advice-clock = 请校准本机时钟后再发送
advice-look-up-applied = 可能已经生效；请查询确认，切勿重发
advice-read-answer = 响应无法解析，可用 --raw 查看收到的内容
advice-took-effect = 已经生效，切勿重发；收到的响应已原样打印
advice-continue = 之前的页是完整的；查明停止的原因后，从第 { $page } 页继续
advice-busy = 没有生效；调用过于频繁，请稍后再发送
advice-connection = 没有生效；请检查网络连接后再发送
advice-timeout = 没有生效；可以再次发送，必要时用 --deadline 推迟截止时间
advice-send-again = 没有生效；可以再次发送

fields-doubled = 响应中有 { $count } 个字段出现两次且值不同，因此不显示：{ $names }；可用 --raw 查看
fields-unknown = 响应中有 { $count } 个字段不在规范中：{ $names }；可用 --raw 查看

pages-none = 规范中 { $operation } 不分页，--all 不起作用
pages-rows-unknown = 规范没有说明 { $operation } 的哪个字段是数据行
pages-not-whole = 已打印 { $rows } 行，列表不完整
pages-unread = 有一页无法解析：{ $error }
pages-progress = { $rows } 行，下一页 { $page }

columns-wrong = --columns：{ $name } { $why }
columns-no-path = 不是列名；应写成字段，如 a、a.b 或 a[0].b
columns-no-list = 在不是列表的字段后面用了 [..]
columns-into-list = 指向列表 { $list } 内部；请说明是第几项：{ $list }[0]
columns-near-field = 不是数据行的字段；是不是 { $name }？全部字段见 `jdy show`
columns-no-field = 不是数据行的字段；全部字段见 `jdy show`

ops-none = 没有接口的标识、路径、标题或字段同时包含这些词：{ $words }；请减少关键词

state-planned = planned（待发送）
state-intent = intent（发送中）
state-done = done（已完成）
state-rejected = rejected（被拒绝）
state-not-sent = not_sent（未发送）
state-unknown = unknown（结局未知）
state-applied = applied（已生效）

clap-help-command = 显示本帮助，或指定子命令的帮助
clap-any-options = { "[" }选项]
clap-a-command = 命令
clap-usage = 用法：
clap-commands = 命令：
clap-arguments = 参数：
clap-options = 选项：
clap-help = 显示帮助
clap-help-short = 显示帮助（用 --help 查看详细说明）
clap-help-long = 显示帮助（用 -h 查看摘要）
clap-version = 显示版本
clap-default = { "[" }默认值：{ $values }]
clap-values = { "[" }可选值：{ $values }]
clap-value = - { $name }：{ $help }
clap-described-values =
    可选值：
    { $lines }
clap-did-you-mean = 是不是 '{ $names }'？
clap-try-help = 详细说明请用 '--help' 查看。
clap-unknown-command = 没有子命令 '{ $name }'
clap-unknown-argument = 没有参数 '{ $name }'
clap-missing = 缺少必填的参数：{ $names }
clap-no-value = '{ $name }' 需要一个值
clap-other-values = '{ $name }' 的值 '{ $value }' 无效 [可选值：{ $values }]
clap-refused-value = '{ $name }' 的值 '{ $value }' 无效：{ $why }
clap-twice = 参数 '{ $name }' 只能使用一次
clap-conflict = 参数 '{ $name }' 不能与 '{ $other }' 一起使用
clap-other = 参数 '{ $name }' 有误：{ $why }

error-means = { $operation } { $outcome }；处理建议：{ $advice }

outcome-not-sent = not sent（未发送）：请求没有发出，或业务系统收到之前就被拒绝
outcome-rejected = rejected（被拒绝）：业务系统拒绝了请求，或拒绝了其中的明细
outcome-unknown = unknown（结局未知）：没有收到确定的响应，可能已经生效
outcome-applied = applied（已生效）：已经生效，但响应无法解析，或没有说明每一行的结果
outcome-incomplete = incomplete（不完整）：列表没有读完，已输出的页是完整的

and = 、
and-then = ；
and-more = 另有 { $count } 行

count-of-state = { $count } 行 { $state }

batch-no-operation = 请指定接口、清单文件和 --journal
batch-cannot-read = 无法读取 { $file }：{ $error }；没有发出任何请求
batch-unknown-path = 清单要按规范检查，而规范中没有这个路径
batch-nothing-unknown = 没有调用日志“{ $place }”，因此没有结局未知的行；没有发出任何请求
batch-the-list = 清单文件本身
batch-the-journal = 调用日志
batch-the-token-store = 令牌存储
batch-results-unwritten = 无法写入结果文件：{ $why }；调用日志中有这些结果，用同样的命令可以重新写出，已完成的行不会重发
batch-named-wrong = { $problems }；没有发出任何请求
batch-problems = { $file } 有 { $count } 处错误；没有发出任何请求
batch-more-problems = { $file } 有 { $count } 处错误，以上是前 { $shown } 处；没有发出任何请求
batch-problem = 第 { $line } 行：{ $what }
batch-interrupted-early = 在发送第一行之前已中断；没有发出任何请求
batch-journal-of-instance = { $place }：这份调用日志记录的是实例，没有记录账套；本次运行会发往 app key { $key }；请用 JDY_APP_KEY 指明之前的行发往哪个账套，即可继续；没有发出任何请求
batch-other-key = { $place }：这是另一个账套的调用日志：它属于 app key { $key }，而本次运行会发往 app key { $own }；请用 JDY_APP_KEY={ $key } 以及该账套的密钥和应用 ID 运行；没有发出任何请求
batch-other-destination = { $place }：这是另一个账套的调用日志：它属于 { $other }，没有记录 app key，而本次运行会发往 app key { $own }；请用首次运行时的 JDY_APP_KEY 和应用 ID 运行；没有发出任何请求
batch-repeated = { $place }：其中 { $lines } 行（首个是第 { $first } 行）已在同一账套的清单 { $list } 中，再发送会重复；请用 --list { $list } 继续，或去掉这些行；确实要再发送一次时，加上 --allow-repeated；没有发出任何请求
batch-tokens-in-journal = JDY_TOKEN_STORE 和 --journal 指向同一个文件，请分别指定；没有发出任何请求
batch-interrupted = 不再开始新的行；正在等待进行中的调用结束
batch-interrupted-twice = 已中断两次；进行中的行结局未知，下次运行时会列出
batch-progress-ended = 进度显示已结束
batch-no-failure = 调用已成功
batch-unstored = 第 { $line } 行是 { $state }，但未能写入调用日志：{ $report }
batch-answered = 第 { $line } 行的响应是 { $answer }
batch-store-failed = { $error }；当时进行中的行会列为结局未知；排除故障后，用同样的命令继续
batch-put-back = { $error }；请先执行 jdy batch recover --journal postgres://OWNER@HOST/DB --missing calls，把可能已发出的行改为结局未知；在此之前请勿再次运行其中的清单，并停用相关的定时任务
batch-restored = { $error }；请先执行 jdy batch recover --journal postgres://OWNER@HOST/DB，加 --missing calls；确定拥有全部提交时加 --missing nothing；在此之前请勿再次运行其中的清单，并停用相关的定时任务
batch-end = 共 { $total } 行，其中 { $open }；{ $hint }
batch-nothing-through = 请求一直发不出去，运行提前结束（{ $why }）
batch-refused-by-gateway = 网关连续拒绝了几行，业务系统没有收到，运行提前结束；请改正设置（{ $why }）
batch-ask-again = 再次运行即可重新查询结局未知的行
batch-reconcile = 请加 --reconcile 再次运行，自动核对结局未知的行；核对不了的由人工查询，再按汇总中列出的内容用 --settle 录入结果
batch-settle = 请先查询结局未知的行，再按汇总中列出的内容用 --settle 录入结果
batch-acknowledge = applied 的行已经生效；请按汇总中列出的内容用 --settle 确认

settle-choices = { $applied } 或 { $absent }
settle-refused = --settle { $name }：{ $why }；没有录入任何结果
settle-no-journal = 没有调用日志“{ $place }”，没有需要录入结果的调用；没有录入任何结果
settle-no-key = 调用日志中没有这个业务单号
settle-named-twice = 同一个业务单号写了两次
settled = { $name } 已录入为 { $resolved_as }
settled-already = { $name } 已由{ $by }录入为 { $resolved_as }，现在是 { $state }

batch-goes-on = 用同样的命令继续发送
batch-rejected-in-part = 有的被拒绝的行已部分生效：切勿再次发送这样的行，无论在本清单还是其他清单；请按原因说明，只用被拒绝的明细另做一行；其他被拒绝的行可整行复制；本清单及其调用日志保持原样
batch-rejected = 请只把被拒绝的行复制到另一个清单，在那里改正；本清单及其调用日志保持原样

at-place = { $place }：{ $error }
at-place-unsent = { $place }：{ $error }；没有发出任何请求

place-file-list = --list 用于数据库中的清单（--journal postgres://USER@HOST/DB）；一个文件只存一个清单，不需要名称；没有发出任何请求
place-no-list = 一个数据库可存多个清单；请用 --list NAME 指定名称；没有发出任何请求
place-postgres = Postgres 中的清单 { $list }
place-no-postgres = 这个命令编译时没有启用 Postgres（feature postgres）；没有发出任何请求
place-wrong = --journal：{ $why }；没有发出任何请求
place-password = 写在命令行参数中的密码，本机所有用户都能看到；请用 PGPASSWORD、~/.pgpass 或服务文件提供

progress-left = 还需 { $time }
progress-waiting = 等待限流放行

seconds = { $seconds } 秒

minutes = { $minutes } 分钟

hours = { $hours } 小时 { $minutes } 分钟

found-applied = 核对：已生效
found-absent = 核对：未生效
found-conflict = 核对：内容冲突
found-too-early = 核对：尚不能确认
found-undecided = 核对：需人工确认
found-failed = 核对：查询失败

reconcile-later = { $count } 行尚不能确认：请在 { $at }（UTC+8）之后加 --reconcile 再次运行，或加 --wait
reconcile-failed = { $count } 行未能查询（{ $why }）：请再次运行
reconcile-conflict = { $count } 行的编号下已有内容不同的单据：请对比，再用 --settle 录入结果
reconcile-undecided = { $count } 行无法自动核对：请人工查看，再用 --settle 录入结果

results-wrong = --results：{ $why }；没有发出任何请求
results-folder = { $file } 是文件夹
results-no-folder = 没有文件夹 { $folder }
results-overwrite = { $file } 就是{ $what }，会被覆盖

recover-no-address = --journal：不是数据库地址（postgres://USER@HOST/DB）；没有做任何改动
recover-failed = 数据库未能处理：{ $error }
recover-unprinted = 数据库已处理，但无法打印结果：{ $error }
recovered-calls =
    { $lines ->
        [0] 没有可能已发出的行；各清单可以继续。
       *[other] { $lists } 个清单的 { $lines } 行可能已经发出，现为结局未知；请用 --reconcile --wait 再次运行每个清单，或查看 jdy batch status。数据库中整个缺失的清单，请先查询其中的行再运行。
    }
recovered-nothing = 各行保持不变；各清单可以继续。

status-no-journal = 没有调用日志“{ $place }”
status-no-header = 没有调用日志
status-unread = 无法读取调用日志：{ $error }
status-workers = 工作进程
status-unknown = unknown（结局未知）：不知道是否已生效；用同样的文件和调用日志再次运行 jdy batch（会发送未发送的行），汇总会给出每行的核对方法
status-unknown-mcp = unknown（结局未知）：不知道是否已生效；请逐个查询（列表要查完每一页），停止智能体的服务端，再用 jdy mcp --journal .. --settle 录入下面列出的内容，--profile 和 --account 与服务端相同
status-unknown-service = unknown（结局未知）：不知道是否已生效；请逐个查询，再由使用这份调用日志的程序录入结果
status-alert = ALERT 警告：迟到的结局与已作出的结论矛盾，请查询这些行
status-late = 迟到的结局

total = 合计

called-now = 本次调用

worker-left = 已离开
worker-lease-ended = 租约到期
worker-ended = { $reason }，{ $at }
worker-lapsed = 租约已到期
worker-works = 正在处理，租约还有 { $left } 秒
worker-works-reconciles = 正在处理，负责核对，租约还有 { $left } 秒
worker-joined = 已加入，租约还有 { $left } 秒
worker-joined-reconciles = 已加入，负责核对，租约还有 { $left } 秒

summary-unanswered = unknown（结局未知）：没有收到响应；下次运行会重新查询
summary-unknown = unknown（结局未知）：不知道是否已生效；请逐行查询（列表要查完每一页），再用 --settle 录入下面列出的内容；调用后满 { $minutes } 分钟才能认定未生效（absent）
summary-applied = applied（已生效）：已经生效，但响应无法解析；用 --format json 查看收到的内容，用 --settle 录入下面列出的内容即可确认
summary-not-sent = not sent（未发送）：下次运行会发送
summary-in-part = rejected in part（部分被拒绝）：其他明细已经生效，切勿在任何清单中整行重发；只改正并重发被拒绝的明细
summary-rejected = rejected（被拒绝）：业务系统拒绝了这些行

look-in-product = 请在业务系统中查找 { $key }
look-in-product-anyhow = 请在业务系统中查找该行所请求的内容
look-up-impossible = 请求中没有 { $missing }，无法用命令查询；请在业务系统中查找当时生成的、内容与该行一致的单据
look-up-incomplete = 没有 { $missing } 的单据无法用命令查询；请在业务系统中查找当时生成的、内容一致的单据

comma = ，

check-settings = 设置
check-base-url = 网关地址
check-clock = 时钟
check-account-sets = 账套
check-token = 令牌
check-read = 读取调用
check-store = 令牌存储
check-limits = 共享限流

verdict-ok = ok 正常
verdict-warning = warning 警告
verdict-failed = FAILED 失败
verdict-skipped = skipped 跳过

doctor-failed = 检查失败：{ $checks }
doctor-no-gateway = 无法连接网关
doctor-from = 来自{ $origin }
doctor-client-id = 应用 ID { $id }
doctor-instance = 实例 { $id }
doctor-app-key = app key { $key }
doctor-no-account-set = 没有可用的账套
doctor-key-given = 已直接提供 app key { $key } 及其密钥，不查询实例
doctor-authorized = 已授权 { $all } 个，其中有效 { $live } 个
doctor-called = { $count }；将调用 app key { $key }
doctor-not-live = { $count }，app key { $key } 不在有效之列；请在该账套中重新授权应用，或改用另一个 app key（见 `jdy accounts`）
doctor-not-resolved = { $count }；{ $error }；用 `jdy accounts` 查看账套
doctor-token-accepted = 已被接受
doctor-no-token = 没有令牌
doctor-read = { $operation } 已响应，请求次数：{ $attempts }
doctor-read-refused = { $error }；请检查授权是否包含该模块
doctor-store-failed = { $store }：{ $error }；令牌无法保存，每条命令都要占用每分钟 2 次令牌调用中的一次；请修复令牌存储，或另行指定（token_store、JDY_TOKEN_STORE）
doctor-no-store = { $store }：每条命令都要占用每分钟 2 次令牌调用中的一次；请指定文件或 Redis 服务器（token_store、JDY_TOKEN_STORE）
doctor-limits-alone = 各进程各自遵守限流
doctor-limits-shared = 通过 { $store } 共同遵守限流
doctor-limits-failed = { $store } 出现故障，各进程只能各自遵守限流，合计可能超限被拒绝；请修复存储
doctor-proxy = 由 { $variable } 指定的代理解析域名
doctor-no-address = 不知道网关的地址
doctor-no-answer-within = { $seconds } 秒内没有响应
doctor-trusted = 证书可信；HTTP 状态码 { $status }
doctor-without-tls = 连接本机，不使用 TLS；HTTP 状态码 { $status }
doctor-not-reached = { $why }；请检查网关地址、防火墙、代理（HTTPS_PROXY）；使用自己的 CA 时检查 SSL_CERT_FILE
doctor-no-answer = 没有收到响应
doctor-address = { $host } 解析为 { $addresses }
doctor-without-address = 域名没有对应的地址
doctor-not-found = { $host }：{ $why }；请检查网关地址，以及本机的网络和 DNS 服务器
doctor-no-date = 响应中没有可供比较的 Date
doctor-behind = 比网关慢 { $seconds } 秒
doctor-ahead = 比网关快 { $seconds } 秒
doctor-clock-refused = { $off }，而网关拒绝相差 5 分钟以上的请求；调用被拒绝后会按网关的 Date 自行校正，但请校准本机时钟（NTP）
doctor-clock-off = { $off }；请校准本机时钟（NTP）；在此之前调用会自行校正
doctor-token-of-gateway = 取自网关，有效期还有 { $time }
doctor-token-of-store = 取自令牌存储，有效期还有 { $time }

profile-no-folder = 没有存放配置档的文件夹；请用 JDY_CONFIG 指定文件
profile-writable = 所有者以外的人可以修改它（权限 { $mode }），而它决定资金发往哪里；请执行 chmod go-w
profile-unread = 无法读取配置档：{ $error }；可用 JDY_CONFIG 指定其他文件
profile-no-toml = 第 { $line } 行不是正确的 TOML；请检查引号
profile-a-profile = 配置档
profile-an-account = 账套
profile-no-account = 既没有 app_key 也没有 outer_instance_id，不是另一个账套
profile-boolean = 只能是 true 或 false
profile-text = 应为带引号的文本
profile-empty = 是空的
profile-no-table = 不是表（table）
profile-no-profiles = 文件中没有 [profiles.NAME]
profile-none-there = 一个也没有
profile-there = 现有：{ $names }
profile-unnamed = 没有{ $what } { $name }；{ $there }
profile-no-key = 没有 { $key } 这个键；是不是 { $nearest }？可用的键：{ $known }

secret-plain = { $what }，能读取这个文件的人都会知道；请放入只有您能读取的文件（权限 0600），并写明位置：{ $forms }
secret-plain-password = 含有明文密码
secret-plain-secret = 是明文密钥
secret-where = 是密钥；请写明存放位置：{ $forms }
secret-one-place = 只能写一个位置：{ $forms }
secret-command-words = command 是文本的列表：程序及其参数
secret-command-list = command 是文本的列表；不经过 shell 执行
secret-text = { $kind } 应为带引号的文本
secret-no-place = 不是以下任何一种存放方式：{ $forms }
secret-unset = 取自环境变量 { $variable }，但该变量没有设置
secret-empty = 存放处的内容是空的
secret-lines = 存放处的内容不是一行文本
secret-unread = 无法从 { $file } 读取：{ $error }
secret-readable = 存放在 { $file }，所有者以外的人可以使用它（权限 { $mode }）；请执行 chmod 600；如果别人可能已经读过，请更换密钥
secret-no-program = 没有指定程序
secret-program-failed = 取自程序 { $program }，但该程序失败：{ $error }
secret-program-text = 取自程序 { $program }，但该程序的输出不是文本

request-no-path = { $name } 不是 METHOD:PATH：{ $why }
request-query-in-path = 路径中不能有 ?；查询参数请用 --query NAME=VALUE
request-no-operation = 没有名为 { $name } 的接口；用 `jdy ops` 查看全部接口，其他路径用 METHOD:PATH 调用
request-alike = 没有名为 { $name } 的接口；是不是 { $alike }？用 `jdy ops` 查看全部接口，其他路径用 METHOD:PATH 调用
request-known-query = 规范已说明 { $operation } 的哪些字段是查询参数；请把字段写成 NAME=VALUE
request-list-twice = { $name } 重复；JSON 数组就是整个列表
request-no-extra = 规范中没有这个路径，不区分额外字段；请把每个字段写成 NAME=VALUE
request-get-body = GET 没有请求体，不能用 --json；查询参数请写成 NAME=VALUE
request-no-json = --json 不是 JSON：{ $error }
request-no-object = --json 不是 JSON 对象：{ $error }
request-twice = { $name } 重复

value-unread = 无法读取 { $source }：{ $error }；没有发出任何请求
value-stdin-twice = 标准输入只能作为一个值，却用了两次
value-stdin-file = { $name } 是带文件名的文件，标准输入没有文件名；请指定文件
value-no-text = { $name }：内容不是 UTF-8 文本；没有发出任何请求

sandbox-no-answer = 没有响应
sandbox-errcode = 错误码 { $errcode }
sandbox-fault = 故障 { $fault }
sandbox-extra = 多余字段 { $fields }
sandbox-not-run = 无法运行沙箱：{ $error }
sandbox-unprinted = 无法打印地址：{ $error }
sandbox-member-twice = 会员 { $member } 重复
sandbox-reachable = 其他机器可以访问 { $address }；如果确实需要，请加 --beyond-loopback
sandbox-state-refused = { $file } 中的状态无法使用，文件保持原样：{ $error }
sandbox-member = --member：{ $error }
sandbox-no-state = { $file } 中没有状态，文件保持原样：{ $error }
sandbox-state-unread = 无法读取状态文件 { $file }：{ $error }
sandbox-state-changed = { $file } 在启动时读取之后被改动（例如被另一个沙箱改动），文件保持原样；本沙箱的状态在 { $new } 中；请把两者之一留作 { $file }
sandbox-state-unwritten = 无法写入状态文件 { $file }：{ $error }

sign-no-secret = 没有应用密钥（client secret）；请设置 JDY_CLIENT_SECRET，或用 --client-secret 提供
sign-none = （无）
sign-no-client-id = （没有设置 JDY_CLIENT_ID）
sign-explained =
    方法           { $method }
    路径           { $path }
    编码后的路径   { $encoded }
    发送的查询参数 { $query }
    请求行         { $method } { $target } HTTP/1.1

    待签名文本；\n 表示每行末尾的换行符
    { $canonical }
    HMAC 十六进制  { $hex }
    签名           { $signature }

    请求头
    { $headers }

    业务调用还带有 app-token 和 X-GW-Router-Addr。这两项和请求体都不参与签名。

spec-damaged = 内置的规范已损坏：{ $why }

table-no-data = 没有数据
table-no-rows = 没有数据行

template-point = 字段名 { $field } 中有点号，而列名中的点号表示进入对象；请把清单写成 .jsonl，字段见 `jdy show { $operation }`
template-no-field = { $operation } 没有字段，不能做成清单
template-items = { "[" }0] 是列表的第一项；第二项请增加 [1] 的列。
template-columns = { $operation } { $title }：不是必填的列可以删去；空单元格表示不填该字段。

need-within = 同组有值时必填
need-one-of = 至少填一项

takes-date = 日期，如 2026-01-31
takes-date-time = 日期和时间，如 2026-01-31 08:00:00
takes-millis = 1970 年以来的毫秒数
takes-number = 数字，如 100.00
takes-integer = 整数
takes-flag = 1 或 0，或 true 或 false
takes-file = 文件路径
takes-object = JSON 对象
takes-text = 文本
takes-array = JSON 数组，如 [".."]；每一项：{ $item }

show-unknown = 规范中没有 { $name }，不知道它的字段
show-no-field = 没有请求字段
show-no-data = 规范没有说明它的响应数据
show-from-file = 没有对应的文档页面，来自描述整个 API 的文件
show-needed-key = { $key }，必须填写
show-keyless = 无：没有可以用来查回该调用的字段
show-record = { $name }（{ $role }）
show-record-id = ID 字段是 { $field }
show-record-number = 编号字段是 { $field }
show-no-look-up = 规范中没有可以确认它是否生效的接口
show-matches = ，找 { $fields } 的记录
show-compare = ；对比 { $fields }
show-pages = { $field } 从 { $first } 开始
show-sizes = { $pages }，每页行数 { $field }（{ $limits }）
show-row-count = 总行数：{ $field }
show-page-count = 总页数：{ $field }
show-all-pages = --all 读取全部页
show-verdict = errcode 为 0 时，响应中仍可能有被拒绝的行；本命令会检查

fact-page = 文档页面
fact-source = 来源
fact-record = 单据或资料
fact-look-up = 查询方法
fact-paging = 分页
fact-verdict = 行结果

effect-read = read（读取）：可以重新执行
effect-money = money（资金）：涉及资金变动，绝不会自动重发
effect-write = write（写入）：绝不会自动重发

note-default = 默认 { $value }
note-characters = 最多 { $value } 个字符
note-least = 最小 { $value }
note-most = 最大 { $value }
note-scale = 小数点后 { $value } 位
note-list = 在查询参数中写成 { $value }
note-encrypted = 由厂商加密

type-list = 列表：{ $kind }
type-text = 文本
type-decimal = 数字（小数）
type-date = 日期
type-datetime = 日期时间
type-epoch-millis = 毫秒时间戳
type-flag = 0/1 标志
type-integer = 整数
type-number = 数字
type-boolean = 布尔值
type-file = 文件
type-record = 对象
type-map = 文本键值表
type-object = 任意对象

problem-explained = { $text }（{ $meaning }）
problem-decimal = 应为数字，如 100.00
problem-date = 应为日期，如 2026-01-31
problem-missing = 缺少必填的字段
problem-field = 没有这个字段
problem-code = 规范中没有这个代码值
problem-duplicate = 重复
problem-width = 与另一个业务单号只有全角、半角之别
problem-identical = 与前面的行内容相同，又没有业务单号可以区分；确实两行都要时用 --allow-identical，或用 --key 指定业务单号的字段
problem-doubled-key = 业务单号与前面的行重复
problem-no-column = 缺少必填的列
problem-twice = 出现了两次
problem-cells = 单元格数量与表头不一致
problem-encoding = 不是 UTF-8 编码；请另存为“CSV UTF-8”
problem-quote = 有引号没有闭合
problem-separator = 单元格不是用逗号分隔的；请另存为逗号分隔的 CSV
problem-behind-quote = 引号在单元格结束之前就闭合了；单元格里的引号要写成两个
problem-two-columns = 两列填的是同一个字段；请删去一列
problem-other-key = 业务单号的字段已由规范指定；请去掉 --key
problem-empty-list = 文件中没有任何调用
problem-json = 不是 JSON 对象
problem-formula = 这是电子表格的公式；只保留引号中的文本
problem-exponent = 电子表格把它改成了科学计数法，数字已丢失；请把该列设为文本格式后重新填写
problem-sheet-error = 这是电子表格的错误值；请填入实际的值
problem-truth = 业务单号被改成了逻辑值；请把该列设为文本格式
problem-fraction = 业务单号后面多了小数；请把该列设为文本格式
problem-unseen = 含有看不见的字符；请重新填写
problem-blank = 首尾有空格；请删去
problem-empty-key = 指定为业务单号的字段是空的
problem-sent-again = 没有写明核对的是最后一次调用；请查询最后一次调用，再按前面给出的写法重写
problem-too-early = 最后一次调用仍可能生效，请在该时间之后重新查询再录入
problem-settled = 该行已经录入过结果
problem-two-lines = 这个名称同时指两行：一行的业务单号等于另一行（没有业务单号）的行号；请用 --reconcile 查询
problem-no-line = 清单中没有这个业务单号
problem-named-twice = 同一行写了两次；只写一次
problem-only-applied = 该行已经生效，只能录入 applied
problem-not-open = 该行的结局已经确定，无需录入；只有结局未知（unknown）或已生效（applied）的行才能录入
problem-not-unknown = 只有结局未知的行才能重发
problem-other-list = 清单与这份调用日志不符；请改回原来的内容再运行。日志里已有的行切勿放到别的清单或换用别的日志，否则会重复发送；只有日志里没有的行才能另建清单
problem-other-keys = 请求与原来相同，但业务单号不同；--key 要与首次运行时一致（当时没有用就去掉）
problem-journal-of-another = 这是另一个接口的调用日志；本次调用请用另一个文件或名称
problem-locked = 另一个进程正在使用这份调用日志，请等它结束
problem-no-journal = 这个文件不是调用日志
problem-set-back = 数据库被恢复到了较早的状态，缺少本进程写入的内容：此后已发出的行在其中仍是待发送，再次运行会重复发送；请先恢复到最新状态，或逐行核对这些行
problem-restored = 数据库经过恢复、复制或主备切换，可能缺少已发出的调用；请先执行 jdy batch recover，确定可能已发出的行如何处理
problem-recover-role = 当前角色无权执行；请使用拥有这些表的角色
problem-recover-alive = 仍有进程在处理清单，或进程刚刚崩溃、租约尚未到期；请结束该进程，或等租约到期后再试
problem-recover-no-tables = 该数据库中没有调用日志的表；请检查地址
problem-journal-failed = 调用日志无法读写；请检查所在文件夹是否存在、权限和剩余空间，或数据库能否连接
problem-proxy = 代理地址无法识别，请求会绕过代理；应为 http://主机:端口，或取消该变量
problem-unset = 没有设置
problem-empty = 是空的
problem-value = 值不符合该字段的格式

event-waiting = 正在等待数据库：{ $why }
event-back = 数据库已恢复
event-unwatched = 服务器不提供恢复或主备切换的信息；如果数据库缺少已发出的记录，将无法发现，并会重复发送
event-lease-ended = 本工作进程的租约已到期；进行中的调用结局未知，其余的行由其他工作进程接手；本进程作为新的工作进程继续
event-late = 第 { $line } 行是 { $state }，但来迟了：{ $kept }
event-late-applied = 该行当时结局未知，现在取这个结局
event-late-kept = 该行已另有处理，这个结局记录在旁边
event-late-contradicts = ALERT 警告：与期间作出的结论矛盾，请查询该行

report-in-part = 部分明细被拒绝，其他明细已经生效
report-gateway = 网关错误码 { $code }
report-settled = 由{ $by }录入为 { $state }
report-program-ended = 程序在调用进行中结束
report-worker-ended = 工作进程 { $name } 在调用进行中结束
report-lease-ended = 工作进程 { $name } 的租约在调用进行中到期
report-restored = 可能已经发出：数据库经过恢复或主备切换，可能缺少这条记录
report-dropped = 程序放弃了这次调用
report-late = 工作进程租约到期之后才到的结局
report-earlier-unknown = 上一次调用是否生效仍然不明
report-last-attempt = 最后一次尝试 { $at }（UTC+8）

kind-request = 请求无法发送
kind-connect = 未能建立连接
kind-connection-lost = 连接中断
kind-timeout = 超时
kind-unauthorized = 未授权（HTTP 401）
kind-rate-limited = 请求过多（HTTP 429）
kind-local-rate-limit = 本程序的限流未能在截止时间前放行
kind-withheld = 发送条件已不成立，没有发送
kind-no-route = 没有路由，多半是路由地址错误
kind-status = 意外的 HTTP 状态
kind-business = 业务系统拒绝
kind-token-rejected = 令牌不被接受
kind-stale-secret = 授权密钥不被接受
kind-system-error = 业务系统出现系统错误
kind-no-errcode = 响应中没有错误码
kind-unreadable = 响应无法解析
kind-rows = 响应没有确认每一行都成功
kind-pages = 列表的分页没有正常结束
kind-token = 未能取得令牌
kind-authorization = 未能取得授权
kind-runtime = 程序未能执行调用
