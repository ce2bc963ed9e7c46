//! What was answered in a visit, gathered for an amendment: what the store holds and what this transaction has written.

use super::writer::Writer;
use crate::amend::Work;
use crate::apply::Stored;
use crate::storage::StorageError;
use aisle_domain::money::Amount;
use aisle_domain::visit::Visit;
use aisle_protocol::record::{Fields, Kind, RecordRef};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::Row;
use std::collections::BTreeSet;

pub(super) async fn work(writer: &mut Writer<'_>, id: &str, visit: &Stored) -> Result<Work, StorageError> {
    let mut work = Work::default();
    let Some(visit) = read::<Visit>(&visit.fields) else { return Ok(work) };
    work.answers = of_visit(writer, &Kind::Answer, id).await?;
    work.amendments = of_visit(writer, &Kind::Amendment, id).await?;
    let template = RecordRef::new(Kind::Template, visit.template.as_str());
    work.template = writer.record(&template).await?.and_then(|stored| read(&stored.fields));
    for product in &visit.must_sell {
        let rec = RecordRef::new(Kind::Product, product.as_str());
        let price = writer.record(&rec).await?.and_then(|stored| stored.fields.get("price").and_then(Value::as_i64));
        if let Some(price) = price {
            work.prices.insert(product.clone(), Amount(price));
        }
    }
    Ok(work)
}

/// Records of a kind that name the visit, by id.
async fn of_visit<K: From<String>, T: DeserializeOwned>(
    writer: &mut Writer<'_>,
    kind: &Kind,
    visit: &str,
) -> Result<Vec<(K, T)>, StorageError> {
    // The index of migration 4 answers this.
    let rows = sqlx::query("SELECT id FROM record WHERE v->>'visit' = ? AND kind = ? AND deleted = 0")
        .bind(visit)
        .bind(kind.as_str())
        .fetch_all(writer.db())
        .await?;
    let mut ids: BTreeSet<String> = rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
    ids.extend(writer.written(kind).map(|rec| rec.id.clone()));
    let mut found = Vec::new();
    for id in ids {
        let Some(stored) = writer.record(&RecordRef::new(kind.clone(), id.as_str())).await? else { continue };
        let named = stored.fields.get("visit").and_then(Value::as_str) == Some(visit);
        if let Some(value) = read(&stored.fields).filter(|_| named) {
            found.push((K::from(id), value));
        }
    }
    Ok(found)
}

fn read<T: DeserializeOwned>(fields: &Fields) -> Option<T> {
    serde_json::from_value(Value::Object(fields.clone())).ok()
}
