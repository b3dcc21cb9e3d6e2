//! Go: `server/jetstream_test.go`: subjects that are changed on their way in.

use conformance::client::block_on;
use conformance::go_test;
use serde_json::json;

use crate::js_stream_support::description;
use crate::js_support::Js;

go_test!(
    1580,
    "jetstream_test",
    "TestJetStreamInputTransform",
    input_transform
);
fn input_transform() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "T1", "subjects": ["foo"], "storage": "memory",
            "subject_transform": { "src": ">", "dest": "transformed.>" },
        });
        js.add_stream(config).await?;
        js.store("foo", "OK").await?;
        let stored = js.message("T1", 1).await?;
        assert_eq!(stored["message"]["subject"], "transformed.foo");
        Ok(())
    })
}

go_test!(
    1663,
    "jetstream_test",
    "TestJetStreamStreamTransformOverlap",
    transforms_overlap
);
fn transforms_overlap() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo.>"] }))
            .await?;
        let transforms = json!([
            { "src": "foo.*.bar", "dest": "baz" },
            { "src": "foo.bar.*", "dest": "baz" },
        ]);
        let config = json!({
            "name": "MIRROR", "mirror": { "name": "TEST", "subject_transforms": transforms },
        });
        let refused = js.try_stream(&config).await?;
        assert!(description(&refused).contains("overlap"), "{refused}");
        Ok(())
    })
}
