//! A file is streamed, whole or not at all, and an upload is a write like any other.

use jdy::{Client, Effect, ErrorKind, Field, File, Method, Operation, OperationInfo, Outcome};
use jdy_sandbox::{Fault, FaultKind, Sandbox};
use serde_json::json;

use crate::sandbox::client;

const UPLOAD: &str = "/jdy/v2/sys/upload";

#[derive(Debug)]
pub(crate) struct Required {
    pub(crate) file1: File,
}

pub(crate) struct Request {
    pub(crate) required: Required,
    pub(crate) note: Option<String>,
}

jdy_wire::record! {
    Request in Form from Required {
        "file1" => file1: File,
    } and {
        "note" => note: Text,
    }
}

pub(crate) struct Data {
    pub(crate) file1: Field<String>,
}

jdy_wire::record! {
    Data {
        "file1" => file1: Text,
    }
}

static UPLOADED: Operation<Request, Data> = Operation::new(OperationInfo {
    id: "sys.upload",
    method: Method::Post,
    path: UPLOAD,
    module: "sys",
    title: "附件上传",
    effect: Effect::Write,
    ..OperationInfo::EMPTY
});

fn bundle() -> String {
    let text = json!({"type": "string"});
    let form = json!({"type": "object", "required": ["file1"], "properties": {
        "file1": {"type": "string", "format": "binary"}, "note": {"type": "string", "maxLength": 9}
    }});
    let answer = json!({"type": "object", "properties": {
        "errorCode": text, "message": text, "data": {"type": "object", "properties": {"file1": text}}
    }});
    json!({
        "openapi": "3.1.0",
        "paths": { UPLOAD: { "post": {
            "operationId": "sys.upload",
            "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": form}}},
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": answer}}}},
        }}}
    })
    .to_string()
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().spec(bundle()).start().await.unwrap()
}

fn upload(client: &Client, file: File) -> jdy::Call<Data> {
    client.call(&UPLOADED, Required { file1: file }.into())
}

/// A file of so many bytes, which goes when it is dropped.
struct OnDisk(std::path::PathBuf);

impl OnDisk {
    fn new(name: &str, length: usize) -> Self {
        let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
        std::fs::write(&path, vec![b'x'; length]).unwrap();
        Self(path)
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

fn sent(sandbox: &Sandbox) -> usize {
    let seen = sandbox.requests();
    seen.iter().filter(|seen| seen.path == UPLOAD).count()
}

#[tokio::test]
async fn a_file_travels_from_memory_and_from_the_disk() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let note = File::from_bytes("发票 \"7\".txt", *b"three\r\n--boxes").content_type("text/plain");
    let answer = upload(&client, note).await.unwrap();
    assert_eq!(answer.file1, "file1");
    // Some pieces long, and none at all.
    for length in [3 << 20, 0] {
        let file = OnDisk::new("upload", length);
        upload(&client, File::from_path(&file.0)).await.unwrap();
    }
    assert_eq!(sent(&sandbox), 3);
}

#[tokio::test]
async fn a_form_is_checked_as_a_body_is() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let request = Required {
        file1: File::from_bytes("a", *b"a"),
    }
    .with(|r| r.note = Some("longer than nine".into()));
    let error = client.call(&UPLOADED, request).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    assert!(
        error.to_string().contains("note: must have at most 9"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_sent() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let error = upload(&client, File::from_path("/nowhere/at/all"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.outcome(), error.kind()),
        (Outcome::NotSent, &ErrorKind::Request)
    );
    assert!(
        error.to_string().contains("file1: the file cannot be read"),
        "{error}"
    );
    assert_eq!(sent(&sandbox), 0);
}

#[tokio::test]
async fn an_upload_is_repeated_only_as_any_write_is() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let file = OnDisk::new("again", 1 << 20);
    sandbox.inject(Fault::on(UPLOAD, FaultKind::Gateway(5007)).times(1));
    let answer = upload(&client, File::from_path(&file.0)).await.unwrap();
    assert_eq!(
        answer.attempts(),
        2,
        "the file is read from its beginning again"
    );
    sandbox.inject(Fault::on(UPLOAD, FaultKind::LostAfterCommit).times(1));
    let error = upload(&client, File::from_path(&file.0)).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 1));
    assert_eq!(sent(&sandbox), 3);
}

#[test]
fn the_text_of_a_request_names_a_file_by_its_path() {
    let request: Request = jdy_wire::decode_request(r#"{"file1":"/tmp/a.png"}"#).unwrap();
    assert_eq!(request.required.file1, File::from_path("/tmp/a.png"));
    assert_eq!(request.required.file1.name(), "a.png");
    assert!(!format!("{request:?}").contains("xxx"));
    assert_eq!(request.clone(), request);
}
