//! WeChat Pay: signed requests, verified answers and notifications, without sockets or clocks.
//!
//! Each call has two halves. One builds an [`http::Request`] from numbers, keys, the time and a nonce; the other reads
//! an [`http::Response`] and gives either a [`v3::Verified`] value with the evidence, or an error that says whether to
//! make the same call again, to query first, or to give up. Whoever uses this crate sends the bytes.
//!
//! [`v3`] is the present API, [`v2`] the older one, which some merchants and some products still need.
//!
//! ```
//! use bytes::Bytes;
//! use jiff::Timestamp;
//! use saoma_wechatpay::{
//!     keys::{Serial, SignError, WechatPayKeys},
//!     v3::{
//!         Advice, Appid, Caller, Description, Fen, FieldError, Mchid, Nonce, NotifyUrl, OutTradeNo, Stamp,
//!         native::{self, Amount, Order},
//!     },
//! };
//!
//! /// What to store before anything is sent: the same number may only ever be sent with the same bytes.
//! fn order_body(mchid: &Mchid) -> Result<Bytes, FieldError> {
//!     let order = Order::new(
//!         Appid::new("wx1f2e3d4c5b6a7988")?,
//!         mchid.clone(),
//!         Description::new("description", "绿豆咖啡-拿铁")?,
//!         OutTradeNo::new("KB20260801-0007")?,
//!         NotifyUrl::new("https://pay.example.cn/notify/wechat/1")?,
//!         Amount::cny(Fen::new(1280)?)?,
//!     );
//!     Ok(order.body())
//! }
//!
//! /// What to send: signed anew each time, around the stored body.
//! fn request(
//!     caller: &Caller,
//!     mchid: &Mchid,
//!     body: Bytes,
//!     now: Timestamp,
//!     random: [u8; 16],
//!     answer_key: Option<&Serial>,
//! ) -> Result<http::Request<Bytes>, SignError> {
//!     let stamp = Stamp { timestamp: now.as_second(), nonce: Nonce::from_random(random) };
//!     caller.sign(&native::call(mchid, body), &stamp, answer_key)
//! }
//!
//! /// What came back: a code to draw, or what to do instead.
//! fn code_url(
//!     answer: &http::Response<Bytes>,
//!     now: Timestamp,
//!     keys: &WechatPayKeys,
//! ) -> Result<String, Advice> {
//!     let opened = native::read(answer, now, keys).map_err(|error| error.advice())?;
//!     Ok(opened.value().code_url.as_str().to_owned())
//! }
//!
//! let body = order_body(&Mchid::new("1688001234")?)?;
//! assert!(body.starts_with(br#"{"appid":"wx1f2e3d4c5b6a7988","mchid":"1688001234","#));
//!
//! // A captive portal's page is no answer of WeChat Pay's; the call may have taken effect, so it is made again.
//! let portal = http::Response::new(Bytes::from_static(b"<html>Please log in</html>"));
//! assert_eq!(
//!     code_url(&portal, Timestamp::UNIX_EPOCH, &WechatPayKeys::new()),
//!     Err(Advice::RetrySame)
//! );
//! # Ok::<(), FieldError>(())
//! ```
//!
//! This crate never knows sockets, clocks, databases or an executor, and never logs.

pub mod aead;
pub mod bill;
mod codes;
pub mod keys;
pub mod message;
pub mod v2;
pub mod v3;
