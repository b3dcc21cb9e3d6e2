//! Messages that are asked for without the API: one at a time by the client library, and
//! several with requests of which it knows nothing (ADR-31).

use async_nats::jetstream::stream;
use async_nats::{Message, jetstream};
use conformance::client::{as_json, block_on, next};
use serde_json::{Value, json};

use super::Running;

/// Answers up to the one that ends them: sequences and payloads, and the end's status.
async fn ask(js: &jetstream::Context, wanted: Value) -> anyhow::Result<(Vec<u64>, u16, u64)> {
    let client = js.client();
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await?;
    let subject = "$JS.API.DIRECT.GET.S";
    client
        .publish_with_reply(subject, inbox, wanted.to_string().into())
        .await?;
    let header = |message: &Message, name: &str| -> anyhow::Result<u64> {
        let headers = message.headers.as_ref();
        let value = headers.and_then(|headers| headers.get(name));
        Ok(value.map_or(Ok(0), |value| value.as_str().parse())?)
    };
    let mut seqs = Vec::new();
    loop {
        let message = next(&mut answers).await?;
        if let Some(status) = message.status {
            let left = header(&message, "Nats-Num-Pending")?;
            return Ok((seqs, status.as_u16(), left));
        }
        let seq = header(&message, "Nats-Sequence")?;
        assert_eq!(message.payload, format!("message {seq}"));
        seqs.push(seq);
    }
}

#[test]
fn several_messages_are_one_request() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let config = stream::Config {
            name: "S".to_owned(),
            subjects: vec!["s.*".to_owned()],
            allow_direct: true,
            ..Default::default()
        };
        let stream = js.create_stream(config).await?;
        for seq in 1..=12 {
            let subject = format!("s.{}", seq % 3);
            let payload = format!("message {seq}");
            assert_eq!(
                js.publish(subject, payload.into()).await?.await?.sequence,
                seq
            );
        }
        stream.delete_message(5).await?;
        // One at a time, by sequence, the last and the next of a subject.
        assert_eq!(stream.direct_get(4).await?.payload, "message 4");
        assert!(stream.direct_get(5).await.is_err());
        let last = stream.direct_get_last_for_subject("s.2").await?;
        assert_eq!(last.sequence, 11);
        let next_of = stream.direct_get_next_for_subject("s.2", Some(3)).await?;
        assert_eq!(next_of.sequence, 8);
        let first = stream.direct_get_first_for_subject("s.0").await?;
        assert_eq!(first.sequence, 3);
        // Several from a sequence on, and of a subject.
        let ninth = json!({ "seq": 9 }).to_string();
        let subject = "$JS.API.STREAM.MSG.GET.S";
        let ninth = as_json(&js.client().request(subject, ninth.into()).await?)?;
        let time = &ninth["message"]["time"];
        assert!(time.is_string(), "{ninth}");
        let cases = [
            (json!({ "seq": 3, "batch": 4 }), &[3, 4, 6, 7][..], 204, 5),
            (
                json!({ "seq": 4, "next_by_subj": "s.1", "batch": 9 }),
                &[4, 7, 10],
                204,
                0,
            ),
            (json!({ "start_time": time, "batch": 2 }), &[9, 10], 204, 2),
            // The last of each subject: now, up to a sequence, up to a time.
            (json!({ "multi_last": ["s.*"] }), &[10, 11, 12], 204, 0),
            (
                json!({ "multi_last": ["s.0", "s.2"], "up_to_seq": 7 }),
                &[2, 6],
                204,
                0,
            ),
            (
                json!({ "multi_last": ["s.>"], "up_to_time": time }),
                &[6, 7, 8],
                204,
                0,
            ),
            (
                json!({ "multi_last": ["s.*"], "batch": 2 }),
                &[10, 11],
                204,
                1,
            ),
            (json!({ "multi_last": ["t.*"] }), &[], 404, 0),
            (json!({ "seq": 13, "batch": 2 }), &[], 404, 0),
            // What contradicts itself.
            (
                json!({ "multi_last": ["s.*"], "up_to_seq": 7, "up_to_time": time }),
                &[],
                408,
                0,
            ),
            (json!({ "seq": 1, "last_by_subj": "s.0" }), &[], 408, 0),
        ];
        for (wanted, seqs, status, left) in cases {
            let told = wanted.to_string();
            let expected = (seqs.to_vec(), status, left);
            assert_eq!(ask(js, wanted).await?, expected, "{told}");
        }
        Ok(())
    })
}
