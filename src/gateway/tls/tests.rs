//! Choosing, checking and changing certificates.

use std::path::Path;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::*;
use crate::gateway::tls::pair::Pair;

/// In the year 2026, within every certificate made here.
const NOW: Moment = Moment::from_unix_millis(1_780_000_000_000);

fn metrics() -> Arc<Metrics> {
    Arc::new(Metrics::new("test").unwrap())
}

/// Writes a certificate for these names, valid in these years, and its key.
fn write(folder: &Path, stem: &str, names: &[&str], years: (i32, i32)) -> PairFiles {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    let files = PairFiles {
        certificate: folder.join(format!("{stem}.pem")),
        key: folder.join(format!("{stem}.key")),
    };
    std::fs::write(&files.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    write_key(&files.key, &key.serialize_pem(), 0o640);
    files
}

fn write_key(file: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

const YEARS: (i32, i32) = (2020, 2100);

fn read(files: &PairFiles) -> Result<Pair, PairError> {
    Pair::read(files, &provider())
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = TempDir::new().unwrap();
    let files = write(folder.path(), "a", &["a.test"], YEARS);
    let text = std::fs::read_to_string(&files.key).unwrap();
    for mode in [0o644, 0o604, 0o660, 0o602, 0o601] {
        write_key(&files.key, &text, mode);
        assert!(matches!(read(&files), Err(PairError::Exposed(_))), "{mode:o}");
    }
    // Control: the group may read it, as Debian's ssl-cert does.
    for mode in [0o640, 0o600, 0o400] {
        write_key(&files.key, &text, mode);
        assert!(read(&files).is_ok(), "{mode:o}");
    }
}

#[test]
fn what_is_no_pair_is_told_with_its_file() {
    let folder = TempDir::new().unwrap();
    let good = write(folder.path(), "good", &["a.test"], YEARS);
    let other = write(folder.path(), "other", &["a.test"], YEARS);
    let nameless = write(folder.path(), "nameless", &[], YEARS);
    let empty = folder.path().join("empty.pem");
    write_key(&empty, "", 0o600);
    let large = folder.path().join("large.pem");
    write_key(&large, &"x".repeat(300 * 1024), 0o600);
    let broken = folder.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    let with = |certificate: &Path, key: &Path| PairFiles {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    };
    for (files, told) in [
        (with(&good.certificate, &other.key), "is not the key of"),
        (with(&empty, &good.key), "holds no certificate"),
        (with(&broken, &good.key), "cannot be read"),
        (with(&good.certificate, &empty), "holds no private key"),
        (with(&good.certificate, &good.certificate), "others"),
        (with(&large, &good.key), "larger"),
        (with(&folder.path().join("none"), &good.key), "check its path"),
        (nameless, "names no host"),
    ] {
        let error = read(&files).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert!(error.contains(folder.path().to_str().unwrap()), "{error}");
    }
    assert!(read(&good).is_ok());
}

#[test]
fn a_pair_is_used_only_while_it_is_valid() {
    let folder = TempDir::new().unwrap();
    let opened = |years| {
        let files = write(folder.path(), "a", &["a.test"], years);
        Certificates::open(vec![files], NOW, metrics()).map(drop).map_err(|error| error.to_string())
    };
    assert!(opened((2000, 2020)).unwrap_err().contains("has expired; renew it"));
    assert!(opened((2090, 2100)).unwrap_err().contains("is not valid yet"));
    assert_eq!(opened(YEARS), Ok(()));
}

/// The first host of the certificate that a client is shown, or its alert.
async fn shown(certificates: &Certificates, name: Option<&str>) -> Result<String, String> {
    let (client, server) = tokio::io::duplex(16 * 1024);
    let connecting = testing::connect(client, name, &[]);
    let (connected, accepted) = tokio::join!(connecting, certificates.accept(server));
    match connected {
        Ok(_) => Ok(accepted.unwrap().1.serving.pair.names.label()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn a_certificate_is_chosen_by_the_name_that_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let files = vec![
        write(folder.path(), "star", &["*.a.test"], YEARS),
        write(folder.path(), "exact", &["hr.a.test", "b.test"], YEARS),
    ];
    let certificates = Certificates::open(files, NOW, metrics()).unwrap();
    for (name, label) in [
        (Some("x.a.test"), "*.a.test"),
        (Some("hr.a.test"), "hr.a.test"),
        (Some("HR.a.test"), "hr.a.test"),
        (Some("b.test"), "hr.a.test"),
        // Who names nobody gets the first.
        (None, "*.a.test"),
    ] {
        assert_eq!(shown(&certificates, name).await.as_deref(), Ok(label), "{name:?}");
    }
    for name in ["a.test", "x.y.a.test", "c.test"] {
        let alert = shown(&certificates, Some(name)).await.unwrap_err();
        assert!(alert.contains("UnrecognisedName"), "{name}: {alert}");
    }
}

/// F15.
#[tokio::test]
async fn a_changed_pair_is_taken_when_it_is_whole_and_valid() {
    let folder = TempDir::new().unwrap();
    let files = write(folder.path(), "a", &["one.test"], YEARS);
    let metrics = metrics();
    let certificates = Certificates::open(vec![files], NOW, metrics.clone()).unwrap();
    let label = async || shown(&certificates, None).await.unwrap();
    let count = |outcome| {
        let line = format!("vestibule_certificate_reloads_total{{outcome=\"{outcome}\"}} ");
        let all = metrics.exposition().unwrap();
        all.lines().find_map(|found| found.strip_prefix(&line)?.parse::<u32>().ok()).unwrap()
    };
    certificates.reload(NOW).unwrap();
    assert_eq!((label().await.as_str(), count("taken"), count("refused")), ("one.test", 0, 0));
    // Half written: the certificate is new, its key is not.
    let other = write(folder.path(), "b", &["two.test"], YEARS);
    std::fs::copy(&other.certificate, folder.path().join("a.pem")).unwrap();
    for _ in 0..3 {
        assert!(certificates.reload(NOW).is_err());
    }
    // Told once, however often it is looked at.
    assert_eq!((label().await.as_str(), count("taken"), count("refused")), ("one.test", 0, 1));
    write(folder.path(), "a", &["late.test"], (2000, 2020));
    assert!(certificates.reload(NOW).is_err());
    assert_eq!((label().await.as_str(), count("taken"), count("refused")), ("one.test", 0, 2));
    write(folder.path(), "a", &["two.test"], YEARS);
    certificates.reload(NOW).unwrap();
    assert_eq!((label().await.as_str(), count("taken"), count("refused")), ("two.test", 1, 2));
    let expiry = metrics.exposition().unwrap();
    assert!(expiry.contains("vestibule_certificate_expiry_seconds{host=\"two.test\"} 4102444800"));
}

#[tokio::test]
async fn a_connection_that_is_open_goes_on_under_the_certificate_it_was_shown() {
    use tokio::io::AsyncReadExt;

    let folder = TempDir::new().unwrap();
    let files = write(folder.path(), "a", &["one.test"], YEARS);
    let certificates = Certificates::open(vec![files], NOW, metrics()).unwrap();
    let (client, server) = tokio::io::duplex(16 * 1024);
    let connecting = testing::connect(client, Some("one.test"), &[]);
    let (client, server) = tokio::join!(connecting, certificates.accept(server));
    let (mut client, (mut server, secured)) = (client.unwrap(), server.unwrap());

    write(folder.path(), "a", &["two.test"], YEARS);
    certificates.reload(NOW).unwrap();
    assert_eq!(shown(&certificates, None).await.as_deref(), Ok("two.test"));

    server.write_all(b"still here").await.unwrap();
    server.flush().await.unwrap();
    let mut said = [0; 10];
    client.read_exact(&mut said).await.unwrap();
    assert_eq!(&said, b"still here");
    assert!(secured.covers("one.test") && !secured.covers("two.test"));
}

#[tokio::test(start_paused = true)]
async fn what_is_agreed_on_is_told() {
    let folder = TempDir::new().unwrap();
    let files = write(folder.path(), "a", &["a.test"], YEARS);
    let certificates = Certificates::open(vec![files], NOW, metrics()).unwrap();
    for (offered, http2) in [
        (&["h2", "http/1.1"][..], Some(true)),
        (&["http/1.1"], Some(false)),
        (&[], Some(false)),
        (&["spdy"], None),
    ] {
        let (client, server) = tokio::io::duplex(16 * 1024);
        let connecting = testing::connect(client, Some("a.test"), offered);
        let both = async { tokio::join!(connecting, certificates.accept(server)) };
        let (_, accepted) = tokio::time::timeout(Duration::from_secs(1), both).await.unwrap();
        let told = accepted.ok().map(|(_, secured)| {
            assert_eq!(secured.server_name.as_deref(), Some("a.test"));
            assert!(secured.covers("a.test") && !secured.covers("b.test"));
            secured.http2
        });
        assert_eq!(told, http2, "{offered:?}");
    }
}

/// A client that takes any certificate.
mod testing {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
    use tokio_rustls::TlsConnector;

    use super::*;

    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        socket: S,
        name: Option<&str>,
        offered: &[&str],
    ) -> io::Result<tokio_rustls::client::TlsStream<S>> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(provider())))
            .with_no_client_auth();
        config.alpn_protocols = offered.iter().map(|word| word.as_bytes().to_vec()).collect();
        // An address is never sent as a name.
        let name = ServerName::try_from(name.unwrap_or("192.0.2.1").to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, socket).await
    }

    #[derive(Debug)]
    struct Anyone(Arc<CryptoProvider>);

    impl ServerCertVerifier for Anyone {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}
