//! Passwords and encryption.

use jdy_journal::{JournalStore, PostgresConfig, PostgresStore};

use super::server::Server;
use super::{header, planned};

const PASSWORD: &str = "geheim-8d1f";

/// A server that asks for passwords over TCP.
fn guarded(settings: &[&str]) -> Option<Server> {
    let server = Server::start(settings)?;
    server.sql(&format!(
        "CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'; \
                         GRANT CREATE ON DATABASE shop TO app"
    ));
    let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    std::fs::write(server.folder().join("data/pg_hba.conf"), rules).unwrap();
    server.sql("SELECT pg_reload_conf()");
    Some(server)
}

fn address(server: &Server, query: &str) -> String {
    format!("postgres://app@127.0.0.1:{}/shop{query}", server.port)
}

#[tokio::test]
async fn a_password_opens_the_door_and_is_in_no_text() {
    let Some(server) = guarded(&[]) else {
        return;
    };
    let config = PostgresConfig::parse(&address(&server, "")).unwrap();
    let mut texts = vec![format!("{config:?}")];
    let none = PostgresStore::connect(config.clone(), "a list")
        .await
        .unwrap_err();
    texts.push(none.to_string());
    let wrong = config.clone().password("geheim-0000");
    let wrong = PostgresStore::connect(wrong, "a list").await.unwrap_err();
    assert!(wrong.to_string().contains("password"), "{wrong}");
    texts.extend([format!("{wrong}"), format!("{wrong:?}")]);
    let config = config.password(PASSWORD);
    texts.push(format!("{config:?}"));
    let store = PostgresStore::connect(config, "a list").await.unwrap();
    texts.push(format!("{store:?}"));
    store.create(header(), planned(1)).await.unwrap();
    for text in texts {
        assert!(!text.contains("geheim"), "{text}");
    }
}

/// A certificate for this name, and its key.
fn certificate(server: &Server, name: &str) -> std::path::PathBuf {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (certificate, key) = (
        server.folder().join("server.crt"),
        server.folder().join("server.key"),
    );
    std::fs::write(&certificate, certified.cert.pem()).unwrap();
    std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    server.own(&certificate);
    server.own(&key);
    server.sql(&format!(
        "ALTER SYSTEM SET ssl_cert_file = '{}'",
        certificate.display()
    ));
    server.sql(&format!(
        "ALTER SYSTEM SET ssl_key_file = '{}'",
        key.display()
    ));
    server.sql("ALTER SYSTEM SET ssl = on");
    server.sql("SELECT pg_reload_conf()");
    certificate
}

#[tokio::test]
async fn a_certificate_is_verified_with_its_name() {
    let Some(server) = guarded(&[]) else {
        return;
    };
    let roots = |path: &std::path::Path| {
        address(
            &server,
            &format!("?sslmode=require&sslrootcert={}", path.display()),
        )
    };
    let connect = async |address: &str| {
        let config = PostgresConfig::parse(address).unwrap().password(PASSWORD);
        PostgresStore::connect(config, "a list").await
    };
    let without = connect(&address(&server, "?sslmode=require"))
        .await
        .unwrap_err();
    assert!(
        without.to_string().contains("does not support TLS"),
        "{without}"
    );

    let own = certificate(&server, "127.0.0.1");
    drop(connect(&roots(&own)).await.unwrap());
    let unknown = connect(&address(&server, "?sslmode=require"))
        .await
        .unwrap_err();
    assert!(unknown.to_string().contains("TLS"), "{unknown}");

    let other = certificate(&server, "db.example");
    let misnamed = connect(&roots(&other)).await.unwrap_err();
    assert!(misnamed.to_string().contains("TLS"), "{misnamed}");
}
