//! What is known of photos' bytes.

use super::{Device, Home, NOON, ann, taken};
use crate::storage::BlobRow;
use aisle_domain::PersonId;

pub(crate) async fn an_upload_from_its_beginning_to_its_end(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let muts = vec![device.visit("v1", "ann", "s1"), device.photo("ph1", "v1")];
    taken(store.as_ref(), &ann(), &device.request(muts)).await;
    let record = store.photo("ph1").await.expect("read").expect("a record");
    assert_eq!(record.owner, Some(PersonId::from("ann")));
    assert_eq!(record.shop.as_ref().map(|shop| shop.territory.as_str()), Some("north"));
    assert_eq!(record.fields["bytes"], 5);
    assert!(store.photo("ph2").await.expect("read").is_none());

    let open = BlobRow {
        id: "ph1".to_owned(),
        owner: PersonId::from("ann"),
        sha256: "0".repeat(64),
        length: 5,
        mime: "image/png".to_owned(),
        published: false,
        created: NOON,
    };
    assert_eq!(store.blob("ph1").await.expect("read"), None);
    store.begin_blob(&open).await.expect("begun");
    assert_eq!(store.blob("ph1").await.expect("read"), Some(open.clone()));
    let later = BlobRow { created: NOON + 10, ..open.clone() };
    store.begin_blob(&later).await.expect("begun anew");
    assert_eq!(store.stale_blobs(NOON + 10).await.expect("read"), Vec::<String>::new());
    assert_eq!(store.stale_blobs(NOON + 11).await.expect("read"), ["ph1"]);

    store.publish_blob("ph1", NOON + 20).await.expect("published");
    store.publish_blob("ph1", NOON + 21).await.expect("publishing again is no error");
    let published = BlobRow { published: true, ..later };
    assert_eq!(store.stale_blobs(i64::MAX).await.expect("read"), Vec::<String>::new());
    store.drop_blob("ph1").await.expect("no error");
    store.begin_blob(&open).await.expect("no error");
    assert_eq!(store.blob("ph1").await.expect("read"), Some(published), "what is published stays as it is");

    let other = BlobRow { id: "ph2".to_owned(), ..open };
    store.begin_blob(&other).await.expect("begun");
    store.drop_blob("ph2").await.expect("dropped");
    assert_eq!(store.blob("ph2").await.expect("read"), None);
}
