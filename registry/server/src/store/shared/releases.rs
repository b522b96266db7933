//! `releases`.

use std::ops::Range;

use adx_registry_core::Id;
use adx_registry_core::ports::{NewRelease, StoreError};
use adx_registry_core::release::{Module, Release, ReleaseTexts};
use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use semver::{BuildMetadata, Version};
use sqlx::QueryBuilder;

use super::decode::{Columns, bigint, json, milliseconds};
use super::together::Together;
use super::{Connection, Db, Row, database, feed, jobs, modules};

pub(super) async fn by_version(
    connection: &mut Connection,
    module: Id<Module>,
    version: &Version,
) -> Result<Option<Release>, StoreError> {
    let row = sqlx::query(
        "SELECT r.id, r.module_id, m.namespace, m.name, r.version, r.sha256, r.size_bytes, r.dependencies,
                r.adx_core_version, r.world, r.permissions, r.key_id, r.token_id, r.yanked, r.yanked_for, r.unyanked_for,
                r.quarantined_for, m.quarantined_for AS module_quarantined_for, r.taken_down_for,
                m.taken_down_for AS module_taken_down_for, r.erased, r.released_at, r.seq, r.leaf
         FROM releases r JOIN modules m ON m.id = r.module_id
         WHERE r.module_id = $1 AND r.precedence = $2",
    )
    .bind(module.to_string())
    .bind(precedence(version))
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(release).transpose()
}

pub(super) async fn by_digest(connection: &mut Connection, sha256: &Digest) -> Result<Option<Release>, StoreError> {
    let row = sqlx::query(
        "SELECT r.id, r.module_id, m.namespace, m.name, r.version, r.sha256, r.size_bytes, r.dependencies,
                r.adx_core_version, r.world, r.permissions, r.key_id, r.token_id, r.yanked, r.yanked_for, r.unyanked_for,
                r.quarantined_for, m.quarantined_for AS module_quarantined_for, r.taken_down_for,
                m.taken_down_for AS module_taken_down_for, r.erased, r.released_at, r.seq, r.leaf
         FROM releases r JOIN modules m ON m.id = r.module_id
         WHERE r.sha256 = $1 ORDER BY r.seq LIMIT 1",
    )
    .bind(sha256.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(release).transpose()
}

pub(super) async fn of_module(
    connection: &mut Connection,
    module: Id<Module>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Release>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.id, r.module_id, m.namespace, m.name, r.version, r.sha256, r.size_bytes, r.dependencies,
                r.adx_core_version, r.world, r.permissions, r.key_id, r.token_id, r.yanked, r.yanked_for, r.unyanked_for,
                r.quarantined_for, m.quarantined_for AS module_quarantined_for, r.taken_down_for,
                m.taken_down_for AS module_taken_down_for, r.erased, r.released_at, r.seq, r.leaf
         FROM releases r JOIN modules m ON m.id = r.module_id
         WHERE r.module_id = $1 AND r.seq < $2 ORDER BY r.seq DESC LIMIT $3",
    )
    .bind(module.to_string())
    .bind(before.map(bigint).transpose()?.unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(release).collect()
}

/// Those whose leaves have these numbers, in order.
pub(super) async fn of_leaves(connection: &mut Connection, leaves: Range<u64>) -> Result<Vec<Release>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.id, r.module_id, m.namespace, m.name, r.version, r.sha256, r.size_bytes, r.dependencies,
                r.adx_core_version, r.world, r.permissions, r.key_id, r.token_id, r.yanked, r.yanked_for, r.unyanked_for,
                r.quarantined_for, m.quarantined_for AS module_quarantined_for, r.taken_down_for,
                m.taken_down_for AS module_taken_down_for, r.erased, r.released_at, r.seq, r.leaf
         FROM releases r JOIN modules m ON m.id = r.module_id
         WHERE r.leaf >= $1 AND r.leaf < $2 ORDER BY r.leaf",
    )
    .bind(bigint(leaves.start)?)
    .bind(bigint(leaves.end)?)
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(release).collect()
}

/// Those without a leaf, with their envelopes.
pub(super) async fn unlogged(connection: &mut Connection, limit: u32) -> Result<Vec<(Release, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.id, r.module_id, m.namespace, m.name, r.version, r.sha256, r.size_bytes, r.dependencies,
                r.adx_core_version, r.world, r.permissions, r.key_id, r.token_id, r.yanked, r.yanked_for, r.unyanked_for,
                r.quarantined_for, m.quarantined_for AS module_quarantined_for, r.taken_down_for,
                m.taken_down_for AS module_taken_down_for, r.erased, r.released_at, r.seq, r.leaf, r.envelope
         FROM releases r JOIN modules m ON m.id = r.module_id
         WHERE r.leaf IS NULL ORDER BY r.seq LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let with_envelope = |row| Ok((release(row)?, Columns { table: "releases", row }.text("envelope")?));
    rows.iter().map(with_envelope).collect()
}

pub(super) async fn note_leaf(connection: &mut Connection, id: Id<Release>, leaf: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE releases SET leaf = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(bigint(leaf)?)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn texts(
    connection: &mut Connection,
    release: Id<Release>,
) -> Result<Option<ReleaseTexts>, StoreError> {
    let row = sqlx::query("SELECT manifest, readme, changelog, envelope FROM releases WHERE id = $1")
        .bind(release.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    let Some(row) = row else { return Ok(None) };
    let columns = Columns { table: "releases", row: &row };
    Ok(Some(ReleaseTexts {
        manifest: columns.text("manifest")?,
        readme: columns.optional_text("readme")?,
        changelog: columns.optional_text("changelog")?,
        envelope: columns.text("envelope")?,
    }))
}

pub(super) async fn insert(connection: &mut Connection, new: &NewRelease<'_>) -> Result<(), StoreError> {
    let mut writes = Together::new();
    push_insert(writes.next(), new.release, new.texts)?;
    feed::push_insert(writes.next(), new.change)?;
    modules::push_update(writes.next(), new.module)?;
    jobs::push_enqueue(writes.next(), new.job)?;
    writes.run(connection).await
}

fn push_insert(query: &mut QueryBuilder<Db>, release: &Release, texts: &ReleaseTexts) -> Result<(), StoreError> {
    query.push(
        "INSERT INTO releases (id, module_id, version, precedence, sha256, size_bytes, dependencies, adx_core_version,
                               world, permissions, key_id, token_id, yanked, quarantined_for, released_at, seq, leaf,
                               manifest, readme, changelog, envelope, yanked_for, unyanked_for)
         VALUES (",
    );
    let mut values = query.separated(", ");
    values.push_bind(release.id.to_string());
    values.push_bind(release.module_row.to_string());
    values.push_bind(release.version.to_string());
    values.push_bind(precedence(&release.version));
    values.push_bind(release.sha256.to_string());
    values.push_bind(bigint(release.size_bytes)?);
    values.push_bind(json(&release.dependencies)?);
    values.push_bind(release.adx_core_version.to_string());
    values.push_bind(release.world.clone());
    values.push_bind(json(&release.permissions)?);
    values.push_bind(release.key_id.to_string());
    values.push_bind(release.published_with.to_string());
    values.push_bind(release.yanked);
    values.push_bind(release.quarantined_for.clone());
    values.push_bind(milliseconds(release.released_at));
    values.push_bind(bigint(release.seq)?);
    values.push_bind(release.leaf.map(bigint).transpose()?);
    values.push_bind(texts.manifest.clone());
    values.push_bind(texts.readme.clone());
    values.push_bind(texts.changelog.clone());
    values.push_bind(texts.envelope.clone());
    values.push_bind(release.yanked_for.clone());
    values.push_bind(release.unyanked_for.clone());
    query.push(")");
    Ok(())
}

pub(super) async fn set_yanked(
    connection: &mut Connection,
    id: Id<Release>,
    yanked: bool,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let (yanked_for, unyanked_for) = if yanked { (reason, None) } else { (None, reason) };
    sqlx::query("UPDATE releases SET yanked = $2, yanked_for = $3, unyanked_for = $4 WHERE id = $1")
        .bind(id.to_string())
        .bind(yanked)
        .bind(yanked_for)
        .bind(unyanked_for)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn set_quarantined(
    connection: &mut Connection,
    id: Id<Release>,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE releases SET quarantined_for = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(reason)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

/// The version without its build metadata.
pub(super) fn precedence(version: &Version) -> String {
    Version { build: BuildMetadata::EMPTY, ..version.clone() }.to_string()
}

fn release(row: &Row) -> Result<Release, StoreError> {
    let columns = Columns { table: "releases", row };
    let yanked = columns.flag("yanked")?;
    Ok(Release {
        id: columns.parse("id")?,
        module_row: columns.parse("module_id")?,
        module: ModuleId::new(columns.parse("namespace")?, columns.parse("name")?),
        version: columns.parse("version")?,
        sha256: columns.parse("sha256")?,
        size_bytes: columns.number("size_bytes")?,
        dependencies: columns.json("dependencies")?,
        adx_core_version: columns.parse("adx_core_version")?,
        world: columns.text("world")?,
        permissions: columns.json("permissions")?,
        key_id: columns.parse("key_id")?,
        published_with: columns.parse("token_id")?,
        yanked,
        yanked_for: columns.optional_text("yanked_for")?,
        // A server from before leaves it when it yanks.
        unyanked_for: columns.optional_text("unyanked_for")?.filter(|_| !yanked),
        quarantined_for: columns.optional_text("quarantined_for")?,
        module_quarantined_for: columns.optional_text("module_quarantined_for")?,
        taken_down_for: columns.optional_text("taken_down_for")?,
        module_taken_down_for: columns.optional_text("module_taken_down_for")?,
        erased: columns.flag("erased")?,
        released_at: columns.time("released_at")?,
        seq: columns.number("seq")?,
        leaf: columns.optional_number("leaf")?,
    })
}
