# The messages in English. A test compares the catalogues with each other and with the code.
# Where clap or the SDK says it in English itself, those texts are printed, and what stands here only
# tells what the other catalogue translates: clap-*, error-*, outcome-*, problem-*, report-*, kind-*,
# event-*.

option-profile = Use this profile instead of the environment variables (also JDY_PROFILE)
option-words = What their id, path, title or fields hold, in Chinese or English; all words must be found
option-format = The form of the list
option-operation = An id (`jdy ops` lists them), or METHOD:PATH of one
option-show-format = The form of it
option-required = Leaves out the columns that may be left out
option-describe = Prints what the columns take, and not the columns
option-explain = Shows every stage instead of the signature alone; never the secret
option-client-secret = The client secret; JDY_CLIENT_SECRET unless given
option-nonce = The nonce, a positive integer; a random one unless given
option-timestamp = The time in milliseconds since 1970; now unless given
option-method = GET, POST, PUT or DELETE
option-path = The path, not encoded and without query
option-query = The query, not encoded, in any order
option-call-operation = An id (`jdy ops` lists them), or METHOD:PATH
option-fields = The fields of the request; a list or record as JSON
option-call-query = The query of a path that the spec does not know, where it has a body as well; repeatable
option-json = Further fields as a JSON object; @- is stdin
option-extra = A field that the spec does not know, as JSON or as text; repeatable
option-raw = Prints the body of the answer as received, also of a refusal
option-deadline = How long the call may take, with all its attempts: 500ms, 30s (the default), 2m
option-account = A further account set of the profile
option-expect-app-key = Refuses to call another account set than that of this app key
option-all = Reads all pages of a list, and writes one row a line
option-dry-run = Prints the request as it would go, checked against the spec, and sends nothing
option-call-format = The form of the data; a table cuts long values
option-columns = The columns of --format csv: fields of a row, as id,customer.name or entries[0].id
option-shell = The shell
option-folder = A folder for the pages of all commands; without it the page of jdy is printed
option-journal = What keeps the outcome of each line: a file, or postgres://USER@HOST/DB
option-list = The name of the list in the database
option-file = The calls: .csv with a row of field names, or .jsonl with one object per line
option-key = The field that is the key of a line, if the spec names none: a, or a.b
option-allow-identical = Accepts two identical lines without a key; both are sent
option-allow-repeated = Accepts a new list with lines that another list of the database has
option-trust-failover = Goes on after a failover; for a database whose standby has every commit
option-recover-journal = The database, postgres://USER@HOST/DB, as the role that owns its tables
option-missing = What the database may lack
missing-calls = Calls: every line that would be sent becomes unknown, as it may have been sent
missing-nothing = Nothing, as is certain: the lines stay as they are
option-concurrency = How many calls are in flight at once
option-rate = How many calls are made per minute; the gateway takes 500 for each account set
option-batch-deadline = How long each call may take, with all its attempts: 500ms, 30s (the default), 2m
option-reconcile = Looks up the unknown lines: what took effect is done, what is proven absent is sent
option-wait = Waits until the gateway can no longer accept what was lost, then looks it up again
option-max-pages = How many pages of a list without a filter by number are read to prove a record absent
option-resend-unknown = Sends unknown lines again, by key (by number where there is none); after N calls KEY@N
option-settle = Settles looked-up lines: applied is done, absent is sent; after N calls KEY=absent@N
option-by = Who looked them up, for the journal; this machine's user unless given
option-results = Writes what came back for each line to this file at the end of the run
option-batch-format = The form of the summary
option-listen = Where to listen; a free port of 127.0.0.1 unless given
option-beyond-loopback = Allows an address that other machines can reach
option-admin-anywhere = Lets other machines use the admin interface under /__sandbox/
option-faults = What goes wrong; repeatable
option-dedupe-src-bill-id = Answers a recharge whose src_bill_id was seen with the first bill
option-allow-extra = Accepts fields that the spec does not know, and names them in the log
option-state = Reads the state from this file at the start, if there is one, and writes it at the end
option-empty = Begins with nothing instead of a small shop
option-strict-references = Refuses a save that names a customer, material, unit or the like that does not exist
option-members = A member, instead of the default ones; repeatable

about-ops = Lists the operations, all or those that some words find
about-show = Shows what the spec says of an operation: its fields, codes, effect and answer
about-sign = Shows the signature of a request, and how it is computed
about-call = Calls an operation and prints the data of its answer
about-batch = Calls an operation once for each line of a file, and continues where it stopped
about-accounts = Lists the account sets that an instance has authorized
about-doctor = Checks what a call needs, in order, and says what to do about it
about-mcp = Serves agents over stdin and stdout, by the Model Context Protocol
option-mcp-write = An operation that may write; repeatable; without it none may
option-mcp-journal = Keeps the outcome of each write: a file, or postgres://USER@HOST/DB
option-mcp-list = The name of the journal in the database
option-mcp-account = The account set of the profile, unless a call names another
option-mcp-settle = Settles writes and ends: KEY=applied is done, KEY=absent (after N calls @N) may go
option-mcp-by = Who looked them up; this machine's user unless given
about-completions = Prints the completions of a shell
about-man = Writes the man pages
about-template = Prints the columns of a list of calls for `jdy batch`, and what each takes
about-sandbox = Runs a gateway on this machine that behaves as the real one
about-batch-status = Shows the state of a list, its workers and its unknown lines, and changes nothing
about-batch-recover = Recovers a database that was restored, copied or failed over, and may lack what was sent
about = Lists, signs and calls the operations of the Kingdee JDY API, or runs the sandbox

format-json = For programs
format-table = For people
format-call-json = For programs: the data in one line; with --all one row a line
format-call-csv = For spreadsheets: the rows of a list, with --all and --columns

argument-no-name = there is no name before =
argument-no-pair = there is no = in it; a name and a value are given as NAME=VALUE
argument-settle = it is a line's key, =, and applied or absent; with @ and a number, which of its calls was looked up; several are separated by blanks: A=applied B=absent
argument-somebody = it is somebody's name
argument-method = a method is GET, POST, PUT or DELETE
argument-path-begin = a path begins with /
argument-path-query = a path holds neither ? nor #; give the query as NAME=VALUE pairs
argument-digits = it is written in digits alone
argument-duration = a time is a whole number and ms, s or m, such as 30s
argument-concurrency = it is a whole number from 1 to { $most }
argument-address = an address is an IP address and a port, such as 127.0.0.1:8080

help-jdy =
    Examples:
      jdy ops
      jdy ops 充值                      # finds operations; jdy show ID tells their fields
      jdy sandbox                       # in one terminal; it prints the variables for another
      jdy call ls.mall_recharge_rule member_id=10

    Environment:
      JDY_CLIENT_ID JDY_CLIENT_SECRET   the application
      JDY_APP_KEY JDY_APP_SECRET JDY_ROUTER_ADDR
                                        one account set, as its authorization told them
      JDY_OUTER_INSTANCE_ID             or the instance that is asked for them
      JDY_BASE_URL                      another gateway than Kingdee's
      JDY_TOKEN_STORE                   where tokens are kept: memory, file:PATH or
                                        redis://HOST:PORT or rediss://HOST:PORT (over TLS); a file
                                        in the cache folder unless said
      JDY_SHARE_LIMITS                  1: all who use the same Redis keep to the limits together;
                                        0: each process counts for itself, also on one list in a
                                        database
    A store that fails does not stop a call; it is said on stderr once. Only where nothing but
    JDY_OUTER_INSTANCE_ID names the account set, no call is made until the store can be read again
    or JDY_APP_KEY is set: another account set may have been used before.

    { $profiles }
    { $status }
help-ops =
    Examples:
      jdy ops
      jdy ops 充值 规则
      jdy ops member_id recharge
      jdy ops --format json

    An operation is found if each word occurs in its id, path or title, or in the name or the label of
    one of its fields, in any case. Those found by their fields come last, and `found in` names such a
    field. If none is found, the exit status is 1. On a terminal the table is cut to its width; in a
    file or a pipe it is not.

    { $status }
help-show =
    Examples:
      jdy show ls.mall_recharge
      jdy show POST:/jdy/v2/scm/sal_order
      jdy show bd.material bd.customer --format json

    a.b is field b of record a, and a[].b that of each item of list a. Below a field stand its codes, as
    far as they are known. A required field that has a value unless given may be left out. The look-up
    is what shows whether a call took effect whose answer was lost: (f) stands for field f of the call.

    { $status }
help-template =
    Examples:
      jdy template ls.mall_recharge > recharges.csv
      jdy template scm.sal_order_save --required > orders.csv
      jdy template scm.sal_order_save --describe

    The columns go to stdout, and what each takes to stderr. Fill in a line for each call, and give the
    file to `jdy batch`. A column may be left out where it is not required.

    { $status }
help-sign =
    Example:
      jdy sign --explain --nonce 4427456950 --timestamp 1670305063559 \
          GET /jdy/v2/bd/material search=测试 page=1

    The body of a request is not signed, so it is not asked for. Other users of this machine may see
    arguments, so prefer JDY_CLIENT_SECRET to --client-secret.

    { $status }
help-call =
    Examples:
      jdy call ls.mall_recharge_rule member_id=10 --format table
      jdy call ls.mall_recharge member_id=10 bal_amount=100.00 src_bill_id=R-2026-0001 \
          settle_entries='[{ "{" }"pay_type":"1","settle_amt":"100.00"{ "}" }]'
      jdy call ls.mall_recharge --json @recharge.json
      jdy call ls.member page=1 page_size=10 --extra operation_key=audit
      jdy call bd.material --all --format csv --columns id,number,name
      jdy call ls.mall_recharge --dry-run --json @recharge.json
      jdy call GET:/jdy/v2/bd/not_in_the_spec page=1 page_size=10

    Values are text, which numbers, amounts and dates are read from; a value that is a JSON array or
    object goes in as such where the field is no text. A list in a query is one item (id=1), several
    (id=1 id=2) or a JSON array; a comma parts nothing. No other name may be given twice.

    NAME=@FILE is the content of the file, without the end of its last line (base_string=@FILE: its
    Base64), @- is stdin, and @@ begins a value with @ itself. A field that is a file takes its path,
    as @a.png or a.png.

    --extra sends a field that the spec does not know, in the query of a GET or DELETE without a body,
    else in the body. A value that is JSON goes in as such (--extra n=7, --extra 'n="7"' for text),
    anything else as text. Fields of the answer that the spec does not know are counted on stderr;
    --raw shows them.

    METHOD:PATH of an operation that the SDK knows is that operation. Of any other, the fields go
    into the query of a GET or DELETE, where a name may be given twice, and into the JSON object that
    is the body of a POST or PUT, whose query is given with --query; --json is the body.

    --all reads the pages of a list from the first (or the given) one to its end, with as many rows a
    page as may be unless a size is given, and writes each row as a line of JSON, or of CSV with
    --columns. It ends with an error if the list cannot be proven whole: an answer is lost, a page comes
    twice, or there are fewer rows than the answers say. --deadline is that of each page.

    --dry-run needs no credentials. It prints { "{" }"method","path","query","body"{ "}" }, the query as pairs, none
    of it encoded; a form has its parts under "form".

    The data is printed as JSON in one line, { "{" }{ "}" } where there is none. A field that is missing,
    unknown or of the wrong kind is refused before anything is sent.

    { $status }
help-accounts =
    Examples:
      jdy accounts
      jdy --profile shop-a accounts --format json

    The instance (JDY_OUTER_INSTANCE_ID) is asked; no token is needed. One whose line says live can be
    called: its app key goes into JDY_APP_KEY, or into app_key of a profile. With --format json it is
    one array of objects: app_key, account_id, account_name, service_id, group_name, router_addr,
    status, live. App secrets are not shown.

    { $status }
help-doctor =
    Examples:
      jdy doctor
      jdy --profile shop-a doctor --account second

    It prints a line for each check: ok, warning, FAILED or skipped, the name, and what was found, with
    what to do about it. What needs a failed check is skipped.

      settings       the variables or the profile are complete, and whom they name
      base URL       where calls go
      DNS            the gateway's name has an address
      TLS            a connection, whose certificate is trusted, and an answer
      clock          this machine's against the gateway's Date; 5 minutes are accepted
      account sets   what the instance has authorized, and which app key is called
      token          where it came from, and how long it is valid
      read call      one page of bd.material
      token store    where tokens are kept between commands
      shared limits  who keeps to the gateway's limits together

    It only reads, and shows no secret.

    Exit status:
      0  no check failed; there may be warnings
      1  a check failed
      2  wrong usage
help-mcp =
    Examples:
      jdy mcp
      jdy --profile shop-a mcp
      jdy mcp --write scm.sal_order_save --journal agent.journal
      jdy mcp --journal agent.journal --settle XSDD-0007=absent --by "Li Lei"

    It speaks the Model Context Protocol on stdin and stdout, and is started by an agent's client:
      {"{"}"mcpServers": {"{"}"jdy": {"{"}"command": "jdy", "args": ["--profile", "shop-a", "mcp"]{"}"}{"}"}{"}"}

    Its tools are search, show and call. Only reads are called, and the operations of --write, each of
    which goes through the journal under the caller's own key: the same key is never sent twice, and
    the answer says whether it took effect. A request without its key is refused. An operation that the
    spec knows no key for takes one in the tool's argument `key`; one that moves money and has no key
    cannot be allowed. Writes go to the account set that the server was started for, and to no other.

    A write whose answer was lost is unknown. It is not sent again until a person has looked it up and
    says so with --settle; nor is the same request under another key, if it has no key of its own.

    A file of --journal is held by one server at a time. It ends when stdin is closed, and waits for a
    write under way.

    { $status }
help-completions =
    Examples:
      jdy completions bash > ~/.local/share/bash-completion/completions/jdy
      jdy completions zsh > ~/.zfunc/_jdy
      jdy completions fish > ~/.config/fish/completions/jdy.fish

    { $status }
help-man =
    Examples:
      jdy man ~/.local/share/man/man1
      jdy man | man -l -

    { $status }
help-batch-recover =
    Examples:
      jdy batch recover --journal postgres://jdy_owner@db.example/shop --missing calls
      jdy batch recover --journal postgres://jdy_owner@db.example/shop --missing nothing

    A database that was restored from a backup, or failed over to a standby that lacks the last commits,
    does not know what was sent since, and would have it sent again. So nothing is sent in such a
    database before this. It is for all lists, completely or not at all, while nothing works on them.

    With --missing calls, every line that is planned, under way, not sent or unknown is unknown
    afterwards. Run each list again with --reconcile --wait: what took effect is done, what did not is
    sent. What a look-up cannot tell, such as a recharge, is for a person: look it up, and --settle it.
    With --missing nothing the lines stay as they are. Be certain: the standby had every commit
    (synchronous_standby_names), or nothing was sent since the backup.

    A list that the database lacks as a whole is not known to it, nor is a key that jdy mcp or a service
    took since: look them up before you run the list, or use the key, again.
help-batch-status =
    Examples:
      jdy batch status --journal recharges.journal
      jdy batch status --journal postgres://jdy@db.example/shop --list May --format json

    A call whose worker has ended is shown as unknown, before another worker writes that down. With
    --format json it is one object:

      list, operation, destination, journal   what it is; journal is the prefix of the call ids
      lines, counts                           all lines, and how many are in each state
      workers   id (greater than those of all that joined before), name (host, process and a random
                part), joined_at, lease_left_ms (null if its lease is over), running (it takes part in
                the current run), reconciler (it looks unknown lines up), claimed (lines that it has
                taken and not sent), under_way (its calls), ended_at, end_reason (left, lease ended)
      unknown   line, key, call_id, sent, resent, left_at, ended_at, report, settle (the words for
                --settle: applied, absent)
      late      outcomes that came when the lease of their worker had ended and the line had gone on:
                line, key, worker, at, state, report, contradicts. Where contradicts is true the line
                may have taken effect twice, or not at all: alert on it, and look it up

    Times are milliseconds since 1970; those of workers are by the database's clock. A file holds one
    list, and no workers.
help-batch =
    Examples:
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal
      jdy batch scm.sal_order_save orders.jsonl --journal orders.journal --reconcile --wait
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal \
          --resend-unknown R-2026-0007
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal \
          --settle R-2026-0008=applied R-2026-0009=absent
      jdy batch ls.mall_recharge recharges.csv --journal recharges.journal --results results.csv

      recharges.csv, whose columns `jdy template ls.mall_recharge` prints:
        member_id,bal_amount,src_bill_id
        10,100.00,R-2026-0001

    A cell is a value as `jdy call` takes it, but names no file with @; an empty one leaves its field
    unset. Columns such as
    a.b and a[0].b name fields of records and lists; two quotes alone are an empty text. Everything is
    checked before the first call; if anything is wrong, nothing is sent and no journal is created. No
    key may occur twice; --key names its field if the spec names none. Two identical lines without a
    key are refused, unless --allow-identical says that both are meant. In a database, lines that
    another list has for the same account set are refused, unless --allow-repeated says that they are
    to be sent once more.

    Run it again with the same file and journal and it continues: lines that are done, rejected or
    applied are not repeated, lines that were not sent are. A line is unknown if its answer was lost,
    or if the run was killed while it was in flight. --reconcile looks such lines up by their numbers,
    at the end of the run: a record with the content of the line makes it done; a line whose record is
    proven absent is sent again. Absent is proven 10 minutes after the last attempt: for 5 the gateway
    may accept it, and 5 more are left to the product. Until then the run says when it can tell, and
    --wait waits for it. What a look-up cannot tell, such as a recharge, whose record has no number, is
    left to you: look it up, and record what you found with --settle: an applied line is done, an
    absent one is sent by this run; the journal keeps who said so and when. What was found out about
    an earlier call says nothing of the last one, so a line that was sent twice is absent as
    KEY=absent@2; the summary prints the words for each line. Absent is refused within 10 minutes of
    the last call, as it may still take effect. The same words given again change nothing and say so.
    A line whose answer could not be read is applied; --settle KEY=applied acknowledges it.
    --resend-unknown sends a line again without looking it up; only a success settles it, otherwise it
    stays unknown, and is sent once more as KEY@2. A key that begins with - is written behind the
    option, as --settle=-5=applied and --resend-unknown=-5. After
    Ctrl-C no further line starts, and the run waits for those in flight; a second Ctrl-C does not wait.
    A closed terminal is the same as one Ctrl-C.

    If the gateway refuses several lines in a row before the product sees them (a wrong router address,
    a missing permission), the run ends early; correct the setting, and the same command sends them.

    --results FILE is written anew at the end of each run, as a whole, and holds all lines of all runs:
    line, key, state, number and id of what was made, verdict (why it is in its state), how often it was
    sent, and its call id. A .csv is for a spreadsheet (with a byte order mark); a .jsonl has the data
    of each answer as well. Only its owner can read it. Run it again, and nothing that is done is sent.

    The journal identifies the list by its requests, so the file may be saved again in another form.
    The same list with another journal is sent again, so never give it one. It holds keys and answers;
    only its owner can read it. After a kill, a file with -wal at the end of its name may be left
    beside it: keep it there.

    With --journal postgres://USER@HOST/DB --list NAME the journal is in a database, which holds many
    lists. Start the same command on as many machines as you like: the first one enters the list, the
    others join, each takes lines that no other has, and all end together with the same counts. If one
    dies, the others take its lines up after a minute; those whose calls were under way are unknown.
    --resend-unknown and --settle may be given to any or all of them, and are carried out once; one of
    them looks unknown lines up for all. They keep to --rate together, and to two token calls a minute,
    counted in the database (JDY_SHARE_LIMITS=1: in Redis, 0: each for itself).
    `jdy batch status` shows the list and its workers from anywhere. The password comes from PGPASSWORD,
    ~/.pgpass or a service file. The way to another machine is encrypted and verified (sslrootcert=FILE
    in the address names an authority of one's own). While the database is away, no further line is
    sent.

    { $status }
help-sandbox =
    Example:
      jdy sandbox --listen 127.0.0.1:8080 --member 10=100.00 \
          --fault 'lost-after-commit@/jdy/v2/ls/mall_recharge*1'

    It prints its address, the variables that point `jdy call` and the SDK at it, and its members;
    then each request as a line on stderr; what the sandbox explains of a refusal is English everywhere.
    Ctrl-C ends it. `--fault help` lists the kinds of faults.
    A browser finds its console at /__sandbox/ of its address: the requests, the documents, the faults.
    Whoever reaches it knows its credentials, since every sandbox has the same ones. Whether the real
    product knows a src_bill_id again is not known.

    { $status }
help-profiles =
    Profiles, in ~/.config/jdy/config.toml or the file that JDY_CONFIG names:
    { "  [" }profiles.shop-a]
      client_id = "300001"
      client_secret = { "{" } file = "shop-a.secret" { "}" }    # mode 0600; or { "{" } env = "NAME" { "}" },
                                                    # or { "{" } command = ["pass", "show", "jdy"] { "}" }
      outer_instance_id = "4924"  # or app_key, app_secret and router_addr of one account set
      # base_url, token_store, share_limits = true
    { "  [" }profiles.shop-a.accounts.second]             # --account second
      app_key = "TGG8x4aK"
    A secret in plain text is refused. The environment and a profile are never mixed: with a profile,
    none of the variables JDY_CLIENT_ID to JDY_BASE_URL may be set, unless the profile takes a secret
    from it, so that no call can go to the wrong shop. JDY_TOKEN_STORE and JDY_SHARE_LIMITS hold where
    the profile has no such key.

exit-status-call =
    Exit status:
      0  done
      1  something else went wrong
      2  wrong usage; nothing was sent
      3  rejected: the product refused it, or refused a row of it
      4  not sent: it never left, or was refused before the product saw it
      5  unknown: it may have taken effect; look it up before sending it again
      6  applied: it took effect, but its answer could not be read, or does not say so of every row
exit-status-batch =
    Exit status, over all lines and all runs; where several are true, the first of this order counts:
      5  some line is unknown: it may have taken effect; look it up
      6  some line is applied: it took effect, but its answer could not be read, or is not clear
      4  some line was not sent, or not tried; run it again
      3  some line was rejected: the product refused it, or refused a row of it
      0  all lines are done
    Otherwise:
      1  something else went wrong
      2  wrong usage, or the file or the journal was refused; nothing was sent
exit-status-rest =
    Exit status:
      0  done
      1  something else went wrong
      2  wrong usage

message-and-more = { $message }; { $more }

cannot-run-calls = cannot run a call: { $error }
cannot-listen = cannot listen for Ctrl-C: { $error }
cannot-print-script = cannot print the script: { $error }
cannot-print-page = cannot print the page: { $error }
cannot-write = cannot write { $file }: { $error }
cannot-make-page = cannot make the page: { $error }
cannot-print-list = cannot print the list: { $error }
cannot-print-rows = cannot print the rows: { $error }
cannot-print-request = cannot print the request: { $error }
cannot-print-summary = cannot print the summary: { $error }
cannot-print-status = cannot print the status: { $error }
cannot-print-checks = cannot print the checks: { $error }
cannot-print-signature = cannot print the signature: { $error }
cannot-print-columns = cannot print the columns: { $error }
cannot-print-operation = cannot print the operation: { $error }

accounts-no-instance = { $origin } names no instance, and only an instance can list its account sets; set JDY_OUTER_INSTANCE_ID, or outer_instance_id of the profile; nothing was sent
accounts-none = the instance has authorized no account set

interrupted = interrupted
interrupted-read = interrupted; it only reads; it may be asked again

heading-app-key = app key
heading-live = live
heading-name = name
heading-account-id = account id
heading-service-id = service id
heading-router-address = router address
heading-found-in = found in
heading-id = id
heading-method = method
heading-path = path
heading-module = module
heading-effect = effect
heading-title = title
heading-state = state
heading-lines = lines
heading-line = line
heading-key = key
heading-call-id = call id
heading-last-call = last call at (UTC+8)
heading-asked-for = asked for
heading-what-to-check = what to check
heading-why = why
heading-sent = sent
heading-settle = for --settle
heading-joined = joined (UTC+8)
heading-claimed = claimed
heading-under-way = under way
heading-worker = worker
heading-at = at (UTC+8)
heading-outcome = outcome
heading-report = report
heading-field = field
heading-value = value
heading-field-of-answer = field of the answer
heading-type = type
heading-in = in
heading-required = required
heading-label = label
heading-notes = notes
heading-column = column
heading-takes = takes

yes = yes

no = no
no-list-format = { $file } is neither .csv nor .jsonl
no-reason = no reason is known

store-failed-any = the store of tokens or of the shared limits failed ({ $error }); going on without it, so tokens are not kept, or the limits are not shared
store-failed-both = the token store failed ({ $error }); going on without it, so tokens are not kept and the limits are not shared
store-failed-tokens = the token store failed ({ $error }); going on without it, so tokens are not kept

waiting-for-calls = waiting for the shared limit of calls
waiting-for-token-calls = waiting for the shared limit of token calls

router-over-https = the router address { $address } is passed on as https

settings-refused = { $error }; `jdy --help` lists the variables
settings-account = --account { $account } names an account set of a profile; choose the profile with --profile; nothing was sent
settings-both = profile { $profile } was chosen, but the environment sets { $variables } as well, so it is not certain which shop is meant: unset what it sets, or drop the profile; nothing was sent
settings-no-profile = --profile is empty, so it is not certain which shop is meant: name a profile, or leave the option out; nothing was sent
settings-unreadable = { $variable } is set to what is not UTF-8, so it is not certain what is meant: write it in UTF-8, or unset it; nothing was sent
settings-and = { " and " }
settings-environment = the environment
settings-profile = profile { $profile }
settings-profile-account = profile { $profile }, account set { $account }
settings-or-account = or choose an account set with --account: { $accounts }

call-csv-columns = --format csv needs the columns: --columns id,number; `jdy show` lists them
call-columns-csv = --columns are those of --format csv
call-csv-all = --format csv is for the rows of a list; add --all
call-table-all = a table is laid out when all its rows are there; --all writes json or csv
call-pages-unknown = the spec does not know this path, so nothing is known of its pages
call-interrupted = { $operation } unknown: interrupted
call-other-app-key = { $origin } would call app key { $own }, and app key { $wanted } is meant; use the settings of that account set; nothing was sent
call-look-up = it is absent if it is not there { $minutes } minutes after the call, and no sooner; to look it up: { $how }
call-applied = { $operation } applied: it is done, but { $why }; { $hint }
call-data-unread = its data cannot be read: { $error }
call-unprinted = its answer cannot be printed: { $error }

advice-ask-again = it only reads; it may be asked again
advice-look-up = it may have taken effect; look it up before sending it again
advice-never-again = do not send it again
advice-fix-request = fix the request, then send it
advice-fix-refused = nothing took effect; fix it, then send it
advice-fix-rows = other rows or items may have taken effect; never send the whole again, look up which, fix and send the refused ones alone
advice-credentials = check the credentials; nothing took effect
advice-unconfirmed = nothing was sent; fix the token store, or name the account set (JDY_APP_KEY)
advice-setup = check path and router address; nothing took effect
advice-clock = set the clock, then send again
advice-look-up-applied = it may have taken effect; look it up, do not send it again; the raw answer is kept in the error
advice-read-answer = the raw answer is kept in the error
advice-took-effect = it took effect; do not send it again; the raw answer is kept in the error
advice-continue = the pages before are whole; look at why it stopped, then go on from its next page, { $page }
advice-busy = the gateway is busy; nothing took effect, it may be sent again later
advice-connection = nothing took effect; check the network, then send it again
advice-timeout = nothing took effect; it may be sent again, with more time (--deadline)
advice-send-again = nothing took effect; it may be sent again

fields-doubled =
    { $count ->
        [one] { $count } field of the answer came twice with different values, so none is shown: { $names }; --raw shows them
       *[other] { $count } fields of the answer came twice with different values, so none is shown: { $names }; --raw shows them
    }
fields-unknown =
    { $count ->
        [one] { $count } field of the answer not in the spec: { $names }; --raw shows them
       *[other] { $count } fields of the answer not in the spec: { $names }; --raw shows them
    }

pages-none = the spec knows of no pages of { $operation }, so --all has no use
pages-rows-unknown = the spec does not say which field of { $operation } holds its rows
pages-not-whole =
    { $rows ->
        [one] { $rows } row was printed, and the list is not whole
       *[other] { $rows } rows were printed, and the list is not whole
    }
pages-unread = a page cannot be read: { $error }
pages-progress =
    { $rows ->
        [one] { $rows } row, next page { $page }
       *[other] { $rows } rows, next page { $page }
    }

columns-wrong = --columns: { $name } { $why }
columns-no-path = is no column; it is a field, as a, a.b or a[0].b
columns-no-list = has a [..] behind what is no list
columns-into-list = leads into the list { $list }; say which item: { $list }[0]
columns-near-field = is not a field of a row; did you mean { $name }? `jdy show` lists them all
columns-no-field = is not a field of a row; `jdy show` lists them all

ops-none = no operation has all of these in its id, path, title or fields: { $words }; fewer words find more

state-planned = planned
state-intent = intent
state-done = done
state-rejected = rejected
state-not-sent = not_sent
state-unknown = unknown
state-applied = applied

clap-help-command = Print this message or the help of the given subcommand(s)
clap-any-options = { "[" }OPTIONS]
clap-a-command = COMMAND
clap-usage = Usage:{ " " }
clap-commands = Commands:
clap-arguments = Arguments:
clap-options = Options:
clap-help = Print help
clap-help-short = Print help (see more with '--help')
clap-help-long = Print help (see a summary with '-h')
clap-version = Print version
clap-default = { "[" }default: { $values }]
clap-values = { "[" }possible values: { $values }]
clap-value = - { $name }: { $help }
clap-described-values =
    Possible values:
    { $lines }
clap-did-you-mean = tip: a similar one exists: '{ $names }'
clap-try-help = For more information, try '--help'.
clap-unknown-command = unrecognized subcommand '{ $name }'
clap-unknown-argument = unexpected argument '{ $name }' found
clap-missing = the following required arguments were not provided: { $names }
clap-no-value = a value is required for '{ $name }' but none was supplied
clap-other-values = invalid value '{ $value }' for '{ $name }' [possible values: { $values }]
clap-refused-value = invalid value '{ $value }' for '{ $name }': { $why }
clap-twice = the argument '{ $name }' cannot be used multiple times
clap-conflict = the argument '{ $name }' cannot be used with '{ $other }'
clap-other = { $why }: '{ $name }'

error-means = { $operation } { $outcome }; { $advice }

outcome-not-sent = not sent
outcome-rejected = rejected
outcome-unknown = unknown
outcome-applied = applied
outcome-incomplete = incomplete

and = { ", " }
and-then = { "; " }
and-more = and { $count } more

count-of-state = { $count } { $state }

batch-no-operation = name an operation, a file and --journal
batch-cannot-read = cannot read { $file }: { $error }; nothing was sent
batch-unknown-path = a list is checked by the spec, and the spec does not know this path
batch-nothing-unknown = there is no journal "{ $place }", so no line is unknown; nothing was sent
batch-the-list = the list itself
batch-the-journal = the journal
batch-the-token-store = the token store
batch-results-unwritten = the results cannot be written: { $why }; the journal has them, and the same command writes them without sending what is done
batch-named-wrong = { $problems }; nothing was sent
batch-problems =
    { $count ->
        [one] { $file } has { $count } problem; nothing was sent
       *[other] { $file } has { $count } problems; nothing was sent
    }
batch-more-problems =
    { $count ->
        [one] { $file } has { $count } problem, of which the first { $shown } are shown; nothing was sent
       *[other] { $file } has { $count } problems, of which the first { $shown } are shown; nothing was sent
    }
batch-problem = line { $line }: { $what }
batch-interrupted-early = interrupted before the first line; nothing was sent
batch-journal-of-instance = { $place }: this journal names an instance and not its account set; the run would go to app key { $key }; name the one that the lines so far went to with JDY_APP_KEY, and the run goes on; nothing was sent
batch-other-key = { $place }: this is the journal of another destination: it was made for app key { $key }, and the run would go to app key { $own }; run it with JDY_APP_KEY={ $key } and the secret and client id of that account set; nothing was sent
batch-other-destination = { $place }: this is the journal of another destination: it was made for { $other }, whose app key it does not keep, and the run would go to app key { $own }; run it with JDY_APP_KEY and the client id that its first run had; nothing was sent
batch-repeated = { $place }: lines of it are in the list { $list } already, for the same account set: { $lines }, the first of them line { $first }; they would be sent twice; go on with --list { $list }, or leave them out; if they are meant to be sent once more, give --allow-repeated; nothing was sent
batch-tokens-in-journal = JDY_TOKEN_STORE and --journal name the same file; give each its own; nothing was sent
batch-interrupted = no further line is begun; waiting for those under way
batch-interrupted-twice = interrupted twice; the lines under way are unknown, the next run lists them
batch-progress-ended = the progress has ended
batch-no-failure = the call succeeded
batch-unstored = line { $line } is { $state }, which the journal could not store: { $report }
batch-answered = line { $line } was answered { $answer }
batch-store-failed = { $error }; lines that were under way will be listed as unknown; correct that, and run the same command again
batch-put-back = { $error }; run nothing on its lists, and let no schedule do so, before jdy batch recover --journal postgres://OWNER@HOST/DB --missing calls has made unknown what may have been sent
batch-restored = { $error }; run nothing on its lists, and let no schedule do so, before jdy batch recover --journal postgres://OWNER@HOST/DB, with --missing calls, or with --missing nothing if it certainly has every commit
batch-end =
    { $total ->
        [one] of { $total } line { $open }; { $hint }
       *[other] of { $total } lines { $open }; { $hint }
    }
batch-nothing-through = nothing got through, so the run ended early ({ $why })
batch-refused-by-gateway = the gateway refused some lines in a row, before the product saw them, so the run ended early; correct the setting ({ $why })
batch-ask-again = run it again to ask for the unknown ones once more
batch-reconcile = run it again with --reconcile, which looks the unknown ones up; settle what it cannot tell with --settle and its words in the summary
batch-settle = look the unknown ones up, then settle each with --settle and its words in the summary
batch-acknowledge = the applied ones took effect; acknowledge each with --settle and its words in the summary

settle-choices = { $applied } or { $absent }
settle-refused = --settle { $name }: { $why }; nothing was settled
settle-no-journal = there is no journal "{ $place }", so there is nothing to settle; nothing was settled
settle-no-key = the journal has no such key
settle-named-twice = it is named twice
settled = { $name } is settled as { $resolved_as }
settled-already = { $name } is settled already as { $resolved_as }, by { $by }, and is { $state }

batch-goes-on = the same command goes on with them
batch-rejected-in-part = some of the rejected ones took effect in part: never send such a line again, in this list or another; make a new one of the rows that its report says were refused; of the others copy the whole line; keep this list and its journal as they are
batch-rejected = copy only the rejected ones into another list and fix them there; keep this list and its journal as they are

at-place = { $place }: { $error }
at-place-unsent = { $place }: { $error }; nothing was sent

place-file-list = --list names a list of a database (--journal postgres://USER@HOST/DB); a file holds one list and needs no name; nothing was sent
place-no-list = a database holds many lists; name this one with --list NAME; nothing was sent
place-postgres = list { $list } in Postgres
place-no-postgres = this command was built without Postgres (feature postgres); nothing was sent
place-wrong = --journal: { $why }; nothing was sent
place-password = a password in an argument can be read by every user of this machine; give it as PGPASSWORD, in ~/.pgpass or in a service file

progress-left = { $time } left
progress-waiting = waiting for the rate limit

seconds = { $seconds } s

minutes = { $minutes } min

hours = { $hours } h { $minutes } min

found-applied = found applied
found-absent = found absent
found-conflict = in conflict
found-too-early = too early to tell
found-undecided = for a person
found-failed = look-up failed

reconcile-later =
    { $count ->
        [one] { $count } line cannot be decided yet: run it again with --reconcile after { $at } (UTC+8), or give --wait
       *[other] { $count } lines cannot be decided yet: run it again with --reconcile after { $at } (UTC+8), or give --wait
    }
reconcile-failed =
    { $count ->
        [one] { $count } line could not be looked up ({ $why }): run it again
       *[other] { $count } lines could not be looked up ({ $why }): run it again
    }
reconcile-conflict =
    { $count ->
        [one] { $count } line: a record with the same number has other content; compare it, then settle the line with --settle
       *[other] { $count } lines: a record with the same number has other content; compare each, then settle the lines with --settle
    }
reconcile-undecided =
    { $count ->
        [one] { $count } line cannot be decided by a look-up: check it yourself, then settle it with --settle
       *[other] { $count } lines cannot be decided by a look-up: check them yourself, then settle them with --settle
    }

results-wrong = --results: { $why }; nothing was sent
results-folder = { $file } is a folder
results-no-folder = there is no folder { $folder }
results-overwrite = { $file } is { $what }, and would be overwritten

recover-no-address = --journal: it names no database (postgres://USER@HOST/DB); nothing was changed
recover-failed = the database was not recovered: { $error }
recover-unprinted = the database was recovered, and that cannot be printed: { $error }
recovered-calls =
    { $lines ->
        [0] No line may have been sent; the lists go on.
        [one] { $lines } line may have been sent, and is unknown now; run its list again with --reconcile --wait, or see jdy batch status. Look up the lines of a list that the database lacks before you run it.
       *[other] { $lines } lines of { $lists ->
            [one] { $lists } list
           *[other] { $lists } lists
        } may have been sent, and are unknown now; run each list again with --reconcile --wait, or see jdy batch status. Look up the lines of a list that the database lacks before you run it.
    }
recovered-nothing = The lines stay as they are; the lists go on.

status-no-journal = there is no journal "{ $place }"
status-no-header = there is no journal
status-unread = cannot read the journal: { $error }
status-workers = workers
status-unknown = unknown: whether they took effect is not known; jdy batch, run again with the same file and journal, sends what was not sent and says how to look each of these up
status-unknown-mcp = unknown: whether they took effect is not known; look each of them up, on every page of a list, end the agent's server, and settle it by jdy mcp --journal .. --settle with its words below, and the same --profile and --account
status-unknown-service = unknown: whether they took effect is not known; look each of them up, and have the program that keeps this journal settle it
status-alert = ALERT: outcomes that came late and contradict what was decided: look these lines up
status-late = outcomes that came late

total = total

called-now = called now

worker-left = left
worker-lease-ended = lease ended
worker-ended = { $reason } at { $at }
worker-lapsed = its lease is over
worker-works = works, lease { $left } s
worker-works-reconciles = works, reconciles, lease { $left } s
worker-joined = joined, lease { $left } s
worker-joined-reconciles = joined, reconciles, lease { $left } s

summary-unanswered = unknown: no answer came; the next run asks again
summary-unknown = unknown: whether they took effect is not known; look each of them up, on every page of a list, and settle it by --settle with its words below; as absent not before { $minutes } minutes after its call
summary-applied = applied: they took effect, but their answers could not be read; --format json shows them, and --settle with the words below acknowledges them
summary-not-sent = not sent: the next run sends them
summary-in-part = rejected in part: the other rows took effect, so never send the whole line again, in any list; fix and resend only its refused rows
summary-rejected = rejected: the product refused them

look-in-product = look in the product for { $key }
look-in-product-anyhow = look in the product for what the line asked for
look-up-impossible = no command can tell, as the request gives no { $missing }; look in the product for what was made at that time with the content of this line
look-up-incomplete = items without { $missing } cannot be looked up by a command; look in the product for what was made at that time with its content

comma = { ", " }

check-settings = settings
check-base-url = base URL
check-clock = clock
check-account-sets = account sets
check-token = token
check-read = read call
check-store = token store
check-limits = shared limits

verdict-ok = ok
verdict-warning = warning
verdict-failed = FAILED
verdict-skipped = skipped

doctor-failed = failed: { $checks }
doctor-no-gateway = the gateway is not reached
doctor-from = from { $origin }
doctor-client-id = client id { $id }
doctor-instance = instance { $id }
doctor-app-key = app key { $key }
doctor-no-account-set = no account set is known
doctor-key-given = app key { $key } is given with its secret, so no instance is asked
doctor-authorized = { $all } authorized, { $live } live
doctor-called = { $count }; app key { $key } is called
doctor-not-live = { $count }, and app key { $key } is not among the live ones; authorize the application in its account set again, or take another app key (`jdy accounts`)
doctor-not-resolved = { $count }; { $error }; `jdy accounts` lists them
doctor-token-accepted = accepted
doctor-no-token = there is no token
doctor-read = { $operation } was answered, attempts: { $attempts }
doctor-read-refused = { $error }; does the authorization cover the module?
doctor-store-failed = { $store }: { $error }; tokens are not kept, so each command takes one of the 2 token calls a minute; fix the store, or name another one (token_store, JDY_TOKEN_STORE)
doctor-no-store = { $store }: each command takes one of the 2 token calls a minute; name a file or a Redis server (token_store, JDY_TOKEN_STORE)
doctor-limits-alone = each process keeps to the limits by itself
doctor-limits-shared = kept together through { $store }
doctor-limits-failed = { $store } failed, so each process keeps to the limits by itself, and together they may be refused; fix the store
doctor-proxy = the proxy of { $variable } looks names up
doctor-no-address = the gateway's address is not known
doctor-no-answer-within = no answer within { $seconds } s
doctor-trusted = its certificate is trusted; HTTP status { $status }
doctor-without-tls = not used, to this machine; HTTP status { $status }
doctor-not-reached = { $why }; check the base URL, the firewall, the proxy (HTTPS_PROXY), and for an authority of one's own SSL_CERT_FILE
doctor-no-answer = no answer came
doctor-address = { $host } resolves to { $addresses }
doctor-without-address = it has no address
doctor-not-found = { $host }: { $why }; check the base URL, and this machine's network and name server
doctor-no-date = the answer has no Date to compare with
doctor-behind = { $seconds } s behind the gateway's
doctor-ahead = { $seconds } s ahead of the gateway's
doctor-clock-refused = { $off }, which refuses more than 5 minutes; calls correct themselves by its Date after a refusal, so set the clock of this machine (NTP)
doctor-clock-off = { $off }; set the clock of this machine (NTP); calls are corrected meanwhile
doctor-token-of-gateway = from the gateway, valid for { $time }
doctor-token-of-store = from the token store, valid for { $time }

profile-no-folder = there is no folder for a configuration; name the file with JDY_CONFIG
profile-writable = others than its owner may write it (mode { $mode }), and it says where money goes; chmod go-w it
profile-unread = the profiles cannot be read: { $error }; JDY_CONFIG names another file
profile-no-toml = line { $line }: this is no TOML; look at its quotes
profile-a-profile = profile
profile-an-account = account set
profile-no-account = names neither app_key nor outer_instance_id, so it is no other account set
profile-boolean = is true or false
profile-text = is a text, in quotes
profile-empty = is empty
profile-no-table = is no table
profile-no-profiles = it has no table [profiles.NAME]
profile-none-there = there is none
profile-there = there are: { $names }
profile-unnamed = has no { $what } { $name }; { $there }
profile-no-key = { $key } is no key; did you mean { $nearest }? The keys are: { $known }

secret-plain = { $what }, which whoever reads this file would know; put it into a file that only you can read (mode 0600) and say where: { $forms }
secret-plain-password = holds a password in plain text
secret-plain-secret = is a secret in plain text
secret-where = is a secret; say where it is kept: { $forms }
secret-one-place = names one place: { $forms }
secret-command-words = command is a list of texts: a program and its arguments
secret-command-list = command is a list of texts; no shell reads it
secret-text = { $kind } is a text, in quotes
secret-no-place = is kept in none of these: { $forms }
secret-unset = comes from the variable { $variable }, which is not set
secret-empty = is empty where it is kept
secret-lines = is not one line where it is kept
secret-unread = cannot be read from { $file }: { $error }
secret-readable = is kept in { $file }, which others than its owner may use (mode { $mode }); chmod 600 it, and if others could read it, let the secret be changed
secret-no-program = comes from no program
secret-program-failed = comes from the program { $program }, which failed: { $error }
secret-program-text = comes from the program { $program }, which printed no text

request-no-path = { $name } is no METHOD:PATH: { $why }
request-query-in-path = a path holds no ?; give the query with --query NAME=VALUE
request-no-operation = no operation is called { $name }; `jdy ops` lists them all, METHOD:PATH calls any other path
request-alike = no operation is called { $name }; did you mean { $alike }? `jdy ops` lists them all, METHOD:PATH calls any other path
request-known-query = the spec says what of { $operation } is query; give its fields as NAME=VALUE
request-list-twice = { $name } is given twice; a JSON array is the whole list
request-no-extra = the spec does not know this path, so no field is an extra one; give each as NAME=VALUE
request-get-body = a GET has no body for --json; give its query as NAME=VALUE
request-no-json = --json is not JSON: { $error }
request-no-object = --json is not a JSON object: { $error }
request-twice = { $name } is given twice

value-unread = cannot read { $source }: { $error }; nothing was sent
value-stdin-twice = stdin is one value, and is named twice
value-stdin-file = { $name } is a file with a name, which stdin has not; name a file
value-no-text = { $name }: the content is no UTF-8 text; nothing was sent

sandbox-no-answer = no answer
sandbox-errcode = errcode { $errcode }
sandbox-fault = fault { $fault }
sandbox-extra = extra { $fields }
sandbox-not-run = cannot run a sandbox: { $error }
sandbox-unprinted = cannot print the address: { $error }
sandbox-member-twice = member { $member } is given twice
sandbox-reachable = { $address } can be reached from other machines; give --beyond-loopback if that is meant
sandbox-state-refused = { $file } holds a state that cannot be used and was left as it is: { $error }
sandbox-member = --member: { $error }
sandbox-no-state = { $file } holds no state and was left as it is: { $error }
sandbox-state-unread = cannot read the state { $file }: { $error }
sandbox-state-changed = { $file } was changed since it was read at the start, as by another sandbox, and was left as it is; the state of this one is in { $new }; keep one of the two as { $file }
sandbox-state-unwritten = cannot write the state { $file }: { $error }

sign-no-secret = there is no client secret; set JDY_CLIENT_SECRET or give --client-secret
sign-none = (none)
sign-no-client-id = (JDY_CLIENT_ID is not set)
sign-explained =
    method         { $method }
    path           { $path }
    encoded path   { $encoded }
    wire query     { $query }
    request line   { $method } { $target } HTTP/1.1

    canonical text, what is signed; \n is the line feed that ends each line
    { $canonical }
    hmac hex       { $hex }
    signature      { $signature }

    headers
    { $headers }

    A business call carries app-token and X-GW-Router-Addr as well. Neither they nor the body are signed.

spec-damaged = the embedded spec is damaged: { $why }

table-no-data = no data
table-no-rows = no rows

template-point = { $field } has a point in its name, and in a column a point leads into a record; write the list as .jsonl, with the fields that `jdy show { $operation }` tells
template-no-field = { $operation } takes no field, so there is no list for it
template-items = { "[" }0] is the first item of a list; add columns with [1] for a second one.
template-columns = { $operation } { $title }: a column may be left out where it is not required; an empty cell leaves its field unset.

need-within = if any of it
need-one-of = one of these

takes-date = a date, 2026-01-31
takes-date-time = a date and time, 2026-01-31 08:00:00
takes-millis = milliseconds since 1970
takes-number = a number, 100.00
takes-integer = a whole number
takes-flag = 1 or 0, or true or false
takes-file = the path of a file
takes-object = a JSON object
takes-text = text
takes-array = a JSON array, [".."]; each item { $item }

show-unknown = the spec does not know { $name }, so nothing is known of its fields
show-no-field = it takes no field
show-no-data = its answer has no data that the spec knows
show-from-file = no page describes it; it is from a file of the whole API
show-needed-key = { $key }, which it needs
show-keyless = none: nothing in it finds the call again
show-record = { $role } of { $name }
show-record-id = its id is { $field }
show-record-number = its number is { $field }
show-no-look-up = the spec knows no operation that shows whether it took effect
show-matches = { ", " }the record with { $fields }
show-compare = { "; " }compare { $fields }
show-pages = { $field } from { $first }
show-sizes = { $pages }, { $field } ({ $limits })
show-row-count = rows in all: { $field }
show-page-count = pages in all: { $field }
show-all-pages = --all reads all pages
show-verdict = its answer may say no although its errcode is 0; the command reads that

fact-page = page
fact-source = source
fact-record = record
fact-look-up = look-up
fact-paging = paging
fact-verdict = verdict

effect-read = read: it may be asked again
effect-money = money: it moves money, and is never resent automatically
effect-write = write: it is never resent automatically

note-default = { $value } unless given
note-characters = at most { $value } characters
note-least = at least { $value }
note-most = at most { $value }
note-scale = { $value } decimal places
note-list = in the query as { $value }
note-encrypted = encrypted by the vendor

type-list = list of { $kind }
type-text = text
type-decimal = decimal
type-date = date
type-datetime = datetime
type-epoch-millis = epoch-millis
type-flag = flag
type-integer = integer
type-number = number
type-boolean = boolean
type-file = file
type-record = record
type-map = map of text
type-object = object

problem-explained = { $text } ({ $meaning })
problem-decimal = it must be a number
problem-date = it must be a date
problem-missing = a required field is missing
problem-field = there is no such field
problem-code = the code is not known
problem-duplicate = it occurs twice
problem-width = it differs from another key by full-width signs alone
problem-identical = it is the same as a line before
problem-doubled-key = the key is on another line as well
problem-no-column = a required column is missing
problem-twice = it occurs twice
problem-cells = the row has more or fewer cells than the head
problem-encoding = save it as UTF-8
problem-quote = a quote is not closed
problem-separator = save it with commas
problem-behind-quote = a quote closes before the end of its cell
problem-two-columns = leave one of the columns out
problem-other-key = leave --key out
problem-empty-list = there is no line
problem-json = it must be a JSON object
problem-formula = keep the text alone
problem-exponent = its digits are lost
problem-sheet-error = put the value there
problem-truth = format the column as text
problem-fraction = format the column as text
problem-unseen = write it anew
problem-blank = remove the blank
problem-empty-key = fill it in
problem-sent-again = the line was sent again since; look up its last call
problem-too-early = its last call may still take effect; look it up again after that time
problem-settled = it was settled before
problem-two-lines = the name does not say which line is meant
problem-no-line = no line has this key
problem-named-twice = name it once
problem-only-applied = it took effect
problem-not-open = nothing is to be settled
problem-not-unknown = the line is not unknown
problem-other-list = use the list of this journal
problem-other-keys = give --key as it was given
problem-journal-of-another = name another file
problem-locked = wait for it to end
problem-no-journal = name another file
problem-set-back = lines that were sent are planned again; look up each before anything is run
problem-restored = run jdy batch recover, which says what becomes of the lines that may have been sent
problem-recover-role = run it as the role that owns the tables
problem-recover-alive = end that process, or wait for the end of its lease
problem-recover-no-tables = name the database that holds the journals
problem-journal-failed = look at its folder, permissions and space, or at the database
problem-proxy = it must be http://host:port, or taken away
problem-unset = set it
problem-empty = fill it in
problem-value = the value does not fit the field

event-waiting = waiting for the database: { $why }
event-back = the database is back
event-unwatched = the server does not say whether it was restored or failed over; a database that lacks what was sent is not noticed, and sends it again
event-lease-ended = the lease of this worker ended; its calls under way are unknown, others have its other lines; it goes on as a new worker
event-late = line { $line } was { $state }, but late: { $kept }
event-late-applied = the line was unknown, and has this outcome now
event-late-kept = the line has gone on; it is kept beside it
event-late-contradicts = ALERT: it contradicts what was decided meanwhile: look the line up

report-in-part = in part
report-gateway = gateway code { $code }
report-settled = settled by { $by } as { $state }
report-program-ended = the program ended in the middle of the call
report-worker-ended = worker { $name } ended in the middle of the call
report-lease-ended = the lease of worker { $name } ended in the middle of the call
report-restored = it may have been sent: the database was restored or failed over, and may lack that it was
report-dropped = the program gave the call up
report-late = it came late
report-earlier-unknown = the call before is still unknown
report-last-attempt = last attempt { $at } (UTC+8)

kind-request = the request cannot be sent
kind-connect = no connection
kind-connection-lost = connection lost
kind-timeout = timed out
kind-unauthorized = unauthorized
kind-rate-limited = too many requests
kind-local-rate-limit = the own rate limit
kind-withheld = withheld
kind-no-route = no route
kind-status = unexpected HTTP status
kind-business = refused by the product
kind-token-rejected = token not accepted
kind-stale-secret = app secret not accepted
kind-system-error = system error of the product
kind-no-errcode = no errcode
kind-unreadable = unreadable answer
kind-rows = not every row
kind-pages = pages do not end
kind-token = no token
kind-authorization = no authorization
kind-runtime = the program could not run the call
