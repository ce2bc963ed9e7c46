//! Numbers, money and dates in the person's language, by the browser's Intl.
//!
//! Formatters are made once for each language and kept: making one costs far more than using it.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use js_sys::{Array, Function, Intl, Object, Reflect};
use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    static FORMATTERS: RefCell<HashMap<String, Function>> = RefCell::default();
}

fn formatter(key: String, make: impl FnOnce() -> Option<Function>) -> Option<Function> {
    FORMATTERS.with_borrow_mut(|known| {
        if let Some(format) = known.get(&key) {
            return Some(format.clone());
        }
        let format = make()?;
        known.insert(key, format.clone());
        Some(format)
    })
}

fn options(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in pairs {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

fn number_format(lang: &str, key: &str, pairs: &[(&str, JsValue)]) -> Option<Function> {
    formatter(format!("n {lang} {key}"), || {
        Some(Intl::NumberFormat::new(&Array::of1(&lang.into()), &options(pairs)).format())
    })
}

fn date_format(lang: &str, key: &str, pairs: &[(&str, JsValue)]) -> Option<Function> {
    formatter(format!("d {lang} {key}"), || {
        let options = options(pairs);
        let _ = Reflect::set(&options, &"timeZone".into(), &"UTC".into());
        Some(Intl::DateTimeFormat::new(&Array::of1(&lang.into()), &options).format())
    })
}

fn call(format: Option<Function>, value: &JsValue) -> Option<String> {
    format?.call1(&JsValue::NULL, value).ok()?.as_string()
}

/// A number with so many decimals, where the browser knows no language.
fn fixed(value: f64, digits: u8) -> String {
    js_sys::Number::from(value).to_fixed(digits).map(String::from).unwrap_or_default()
}

/// A whole number with group separators.
pub fn whole(lang: &str, value: i64) -> String {
    call(number_format(lang, "whole", &[]), &(value as f64).into()).unwrap_or_else(|| value.to_string())
}

/// A number with exactly so many decimals.
pub fn decimals(lang: &str, value: f64, digits: u8) -> String {
    let digits_js = JsValue::from(digits);
    let pairs = [("minimumFractionDigits", digits_js.clone()), ("maximumFractionDigits", digits_js)];
    let format = number_format(lang, &format!("decimals {digits}"), &pairs);
    call(format, &value.into()).unwrap_or_else(|| fixed(value, digits))
}

/// An amount of minor units in a currency, without decimals when `whole` is set: `$12,345` or `$12,345.67`.
pub fn money(lang: &str, code: &str, digits: u8, minor: i64, whole: bool) -> String {
    let shown = if whole { 0 } else { digits };
    let value = minor as f64 / 10f64.powi(i32::from(digits));
    let pairs = [
        ("style", JsValue::from("currency")),
        ("currency", JsValue::from(code)),
        ("currencyDisplay", JsValue::from("narrowSymbol")),
        ("minimumFractionDigits", JsValue::from(shown)),
        ("maximumFractionDigits", JsValue::from(shown)),
    ];
    let format = number_format(lang, &format!("money {code} {shown}"), &pairs);
    call(format, &value.into()).unwrap_or_else(|| format!("{code} {}", fixed(value, shown)))
}

/// The currency's symbol in this language, such as `$`.
pub fn currency_symbol(lang: &str, code: &str) -> String {
    money(lang, code, 0, 0, true).replace(['0', ' ', '\u{a0}'], "")
}

fn utc(day: NaiveDate) -> JsValue {
    let midnight = day.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
    js_sys::Date::new(&(midnight.timestamp_millis() as f64).into()).unchecked_into()
}

/// Day and month, as rows show them: `11-23` in Chinese, `23 Nov` in English.
pub fn day_short(lang: &str, day: NaiveDate) -> String {
    if lang.starts_with("zh") {
        return format!("{:02}-{:02}", day.month(), day.day());
    }
    let pairs = [("day", JsValue::from("numeric")), ("month", JsValue::from("short"))];
    call(date_format("en-GB", "short", &pairs), &utc(day)).unwrap_or_else(|| day.to_string())
}

/// Day, month and year in full.
pub fn day_full(lang: &str, day: NaiveDate) -> String {
    let lang = if lang.starts_with("zh") { "zh-CN" } else { "en-GB" };
    let pairs =
        [("day", JsValue::from("numeric")), ("month", JsValue::from("short")), ("year", JsValue::from("numeric"))];
    call(date_format(lang, "full", &pairs), &utc(day)).unwrap_or_else(|| day.to_string())
}

/// Weekday, day and month: the line under the title of Today.
pub fn day_heading(lang: &str, day: NaiveDate) -> String {
    let (lang, weekday) = if lang.starts_with("zh") { ("zh-CN", "short") } else { ("en-GB", "short") };
    let pairs = [
        ("weekday", JsValue::from(weekday)),
        ("day", JsValue::from("numeric")),
        ("month", JsValue::from(if lang == "zh-CN" { "long" } else { "short" })),
    ];
    call(date_format(lang, "heading", &pairs), &utc(day)).unwrap_or_else(|| day.to_string())
}

/// The month in words: `11 月`, `November`.
pub fn month(lang: &str, day: NaiveDate) -> String {
    if lang.starts_with("zh") {
        return format!("{} 月", day.month());
    }
    call(date_format("en-GB", "month", &[("month", JsValue::from("long"))]), &utc(day)).unwrap_or_default()
}

/// Hours and minutes, 24-hour.
pub fn time(at: NaiveDateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// Bytes as people read them: `412 MB`.
pub fn bytes(lang: &str, bytes: u64) -> String {
    let (value, unit) = match bytes {
        0..1_000 => (bytes as f64, "B"),
        1_000..1_000_000 => (bytes as f64 / 1e3, "kB"),
        1_000_000..1_000_000_000 => (bytes as f64 / 1e6, "MB"),
        _ => (bytes as f64 / 1e9, "GB"),
    };
    format!("{} {unit}", decimals(lang, value, u8::from(value < 9.95 && unit != "B")))
}
