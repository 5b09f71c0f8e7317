//! The network between any two parts: requests are carried to the router of whoever is there, through whatever weather the
//! seed has for that link. A part that was killed neither hears nor says anything any more.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderValue, Request, Response, Uri, header};
use saoma_vfs::{Disk, Failure};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use crate::chance::Dice;
use crate::history::History;
use crate::liar::{Liar, Statement};
use crate::life::Life;
use crate::time::pause;

/// More than any answer has.
const BODY_BYTES_MAX: usize = 8 << 20;

/// More chunks than a stream has ready at once.
const CHUNKS_MAX: usize = 1_000;

/// A loss that shows only by silence: longer than anybody waits.
const SILENCE_MS: u64 = 60_000;

const PORTAL: &str = "<html><body>Welcome to our network. Please sign in.</body></html>";

/// A part of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    /// 1 for the first.
    Till(u8),
    /// 1 for the first.
    Backend(u8),
    WechatPay,
}

impl Node {
    /// Where a part that others call is: its port.
    const WECHATPAY_PORT: u16 = 8001;

    /// The address of a part that others call.
    pub(crate) fn url(self) -> String {
        let port = match self {
            Self::Backend(number) => Self::WECHATPAY_PORT + u16::from(number),
            Self::WechatPay | Self::Till(_) => Self::WECHATPAY_PORT,
        };
        format!("http://127.0.0.1:{port}")
    }

    /// Who is at an address.
    pub(crate) fn at(uri: &Uri) -> Self {
        let after = uri.port_u16().unwrap_or(Self::WECHATPAY_PORT).saturating_sub(Self::WECHATPAY_PORT);
        u8::try_from(after).ok().filter(|number| *number > 0).map_or(Self::WechatPay, Self::Backend)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Till(number) => f.pad(&format!("till-{number}")),
            Self::Backend(number) => f.pad(&format!("backend-{number}")),
            Self::WechatPay => f.pad("wechatpay"),
        }
    }
}

/// How a link is: latency in milliseconds, and how many of a thousand messages meet each trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weather {
    pub(crate) latency_ms: (u64, u64),
    pub(crate) troubles: [(Trouble, u64); 8],
}

/// What happens to a message; to one message at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// No connection, and the sender knows it.
    Refused,
    /// The request never arrives.
    LostRequest,
    /// It was done; the answer is lost.
    LostAnswer,
    /// It arrives twice.
    Doubled,
    /// The answer breaks off, and the sender knows it.
    Cut,
    /// Half of the answer arrives, and looks whole.
    Half,
    /// Somebody else answers 200 with a page.
    Portal,
    /// Nothing ever comes back.
    Hanging,
}

impl Trouble {
    fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::LostRequest => "lost request",
            Self::LostAnswer => "lost answer",
            Self::Doubled => "doubled",
            Self::Cut => "cut answer",
            Self::Half => "half an answer",
            Self::Portal => "captive portal",
            Self::Hanging => "hanging",
        }
    }
}

impl Weather {
    /// Nothing is lost.
    pub(crate) const CALM: Self = Self::of((5, 60), 0);

    /// So many of a thousand messages meet each trouble.
    pub(crate) const fn of(latency_ms: (u64, u64), each: u64) -> Self {
        let troubles = [
            (Trouble::Refused, each),
            (Trouble::LostRequest, each),
            (Trouble::LostAnswer, each),
            (Trouble::Doubled, each),
            (Trouble::Cut, each),
            (Trouble::Half, each),
            (Trouble::Portal, each),
            (Trouble::Hanging, each),
        ];
        Self { latency_ms, troubles }
    }

    /// Only one kind of trouble.
    pub(crate) const fn only(latency_ms: (u64, u64), trouble: Trouble, per_mille: u64) -> Self {
        let mut weather = Self::of(latency_ms, 0);
        weather.troubles[0] = (trouble, per_mille);
        weather
    }
}

/// How two parts are cut off from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    /// They are told that there is no way.
    Refusing,
    /// They hear nothing.
    Swallowing,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It surely did not arrive.
    NotSent(&'static str),
    /// It may have.
    Unknown(&'static str),
}

/// What passes between a part and the backend.
pub(crate) enum Passing<'a> {
    Request(&'a Request<Bytes>),
    /// An answer, and when its request came.
    Answer(&'a [u8], u64),
    /// What a stream says.
    Said(&'a [u8]),
}

/// Who is shown what passes: who asks, and what.
pub(crate) type Tap = Box<dyn Fn(Node, Passing<'_>) + Send + Sync>;

/// The network.
pub(crate) struct Net {
    history: Arc<History>,
    seed: u64,
    state: Mutex<State>,
    tap: OnceLock<Tap>,
    killed: mpsc::UnboundedSender<Node>,
}

#[derive(Default)]
struct State {
    doors: BTreeMap<Node, (Life, Router)>,
    links: BTreeMap<(Node, Node), Link>,
    weather: BTreeMap<(Node, Node), Weather>,
    parted: BTreeMap<(Node, Node), Parting>,
    /// Who is killed after how many more messages and commits of its own.
    doomed: BTreeMap<Node, u64>,
    troubles: BTreeMap<&'static str, u64>,
    /// How many notifications are still brought to another merchant's door too.
    astray: u64,
    /// Whose orders are where.
    homes: BTreeMap<&'static str, Node>,
    disks: BTreeMap<Node, Disk>,
    liars: BTreeMap<(Node, Node), Liar>,
    /// What those heard who lied before.
    heard: Vec<Statement>,
}

struct Link {
    dice: Dice,
    sent: u64,
}

/// What the seed has for one message.
struct Fate {
    number: u64,
    out_ms: u64,
    back_ms: u64,
    later_ms: u64,
    trouble: Option<Trouble>,
    parting: Option<Parting>,
    /// Whether the receiver notices that the sender no longer waits, and stops.
    is_let_go: bool,
}

fn pair(one: Node, other: Node) -> (Node, Node) {
    (one.min(other), one.max(other))
}

impl Net {
    /// An empty network, and who was killed in it by a doom.
    pub(crate) fn new(seed: u64, history: Arc<History>) -> (Arc<Self>, mpsc::UnboundedReceiver<Node>) {
        let (killed, deaths) = mpsc::unbounded_channel();
        let net = Self { history, seed, state: Mutex::default(), tap: OnceLock::new(), killed };
        (Arc::new(net), deaths)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows all that the backend is asked, and what it tells.
    pub(crate) fn tap(&self, tap: Tap) {
        assert!(self.tap.set(tap).is_ok(), "a network has one tap");
    }

    /// Lets a part be reached.
    pub(crate) fn open(&self, life: &Life, router: Router) {
        self.state().doors.insert(life.node(), (life.clone(), router));
    }

    pub(crate) fn set_weather(&self, one: Node, other: Node, weather: Weather) {
        self.state().weather.insert(pair(one, other), weather);
    }

    pub(crate) fn part(&self, one: Node, other: Node, parting: Parting) {
        self.state().parted.insert(pair(one, other), parting);
    }

    pub(crate) fn join(&self, one: Node, other: Node) {
        self.state().parted.remove(&pair(one, other));
    }

    /// Kills a part at its so-manieth message or commit from now.
    pub(crate) fn doom(&self, node: Node, after: u64) {
        self.state().doomed.insert(node, after);
    }

    /// What a part's databases lie on.
    pub(crate) fn lay(&self, node: Node, disk: Disk) {
        self.state().disks.insert(node, disk);
    }

    fn at_disk(&self, node: Node, what: impl FnMut(&Disk)) {
        self.state().disks.get(&node).into_iter().for_each(what);
    }

    /// Cuts a part's power when its disk has done so much more. The part ends with the next thing it does.
    pub(crate) fn power_fails_after(&self, node: Node, operations: u64) {
        self.at_disk(node, |disk| disk.power_fails_after(operations));
    }

    /// Cuts a part's power now.
    pub(crate) fn power_fails(&self, node: Node) {
        self.at_disk(node, Disk::power_fails);
    }

    /// Gives power back to a part that has none: of what was not synced yet its disk holds what chance leaves.
    pub(crate) fn power_returns(&self, node: Node, chance: u64) {
        self.at_disk(node, |disk| {
            if disk.is_dead() {
                disk.power_returns(chance);
            }
        });
    }

    /// A part's disk is full, until it is not any more.
    pub(crate) fn disk_is_full(&self, node: Node, is_full: bool) {
        self.at_disk(node, |disk| if is_full { disk.fails_after(0, Failure::Full) } else { disk.is_well() });
    }

    /// A merchant's orders are here.
    pub(crate) fn settle(&self, merchant: &'static str, home: Node) {
        self.state().homes.insert(merchant, home);
    }

    /// Brings so many notifications to another merchant's door too.
    pub(crate) fn go_astray(&self, notifications: u64) {
        self.state().astray = notifications;
    }

    /// Lets somebody between two parts lie as his dice fall, or no longer.
    pub(crate) fn lies(&self, one: Node, other: Node, dice: Option<Dice>) {
        let mut state = self.state();
        let heard = state.liars.remove(&pair(one, other)).map(Liar::into_heard);
        state.heard.extend(heard.into_iter().flatten());
        if let Some(dice) = dice {
            let liar = Liar::new(dice, mem::take(&mut state.heard));
            state.liars.insert(pair(one, other), liar);
        }
    }

    /// What a part hears in place of what was said, when somebody lies to it.
    fn lie(&self, hearer: Node, speaker: Node, said: &Bytes) -> Option<Bytes> {
        let mut state = self.state();
        let liar = state.liars.get_mut(&pair(hearer, speaker))?;
        let lie = match (hearer, speaker) {
            (Node::Till(_), Node::Backend(_)) => liar.for_a_till(said)?,
            (Node::Backend(_), Node::WechatPay) => liar.for_the_backend(said)?,
            _ => return None,
        };
        *state.troubles.entry("lie").or_default() += 1;
        Some(lie)
    }

    /// A request in a till's name, when somebody makes one beside its own.
    fn forged(&self, from: Node, to: Node, request: &Request<Bytes>) -> Option<Request<Bytes>> {
        let mut state = self.state();
        let liar = state.liars.get_mut(&pair(from, to)).filter(|_| matches!(to, Node::Backend(_)))?;
        let forged = liar.in_its_name(request)?;
        *state.troubles.entry("forged request").or_default() += 1;
        Some(forged)
    }

    /// Calm everywhere, for good.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        for disk in state.disks.values().filter(|disk| !disk.is_dead()) {
            disk.is_well();
            disk.power_fails_after(u64::MAX / 2);
        }
        state.weather.clear();
        state.parted.clear();
        state.doomed.clear();
        state.astray = 0;
        state.liars.clear();
    }

    /// How many messages met each trouble.
    pub(crate) fn troubles(&self) -> BTreeMap<&'static str, u64> {
        self.state().troubles.clone()
    }

    /// A moment at which a part may be killed: it is about to say something, has been told something, or has just written.
    pub(crate) fn moment(&self, life: &Life) {
        let has_power = {
            let mut state = self.state();
            let has_power = !state.disks.get(&life.node()).is_some_and(Disk::is_dead);
            if has_power {
                let Some(left) = state.doomed.get_mut(&life.node()) else { return };
                if *left > 0 {
                    *left -= 1;
                    return;
                }
            }
            state.doomed.remove(&life.node());
            has_power
        };
        if !life.is_over() {
            let why = if has_power { "KILLED in the middle of its work" } else { "KILLED: the power failed" };
            self.history.note(life.node(), why);
            self.end(life);
            // Nobody listens once the simulation is over.
            let _ = self.killed.send(life.node());
        }
    }

    /// Ends a part's life: it is gone from the network, and all of it ends.
    pub(crate) fn end(&self, life: &Life) {
        self.state().doors.remove(&life.node());
        life.end();
    }

    /// Shuts all doors: who is behind them holds this network, and would never go.
    pub(crate) fn close(&self) {
        let doors = mem::take(&mut self.state().doors);
        drop(doors);
    }

    fn fate(&self, from: Node, to: Node) -> Fate {
        let mut state = self.state();
        let weather = state.weather.get(&pair(from, to)).copied().unwrap_or(Weather::CALM);
        let parting = state.parted.get(&pair(from, to)).copied();
        let seed = self.seed;
        let link = state
            .links
            .entry((from, to))
            .or_insert_with(|| Link { dice: Dice::new(seed, &format!("{from} to {to}")), sent: 0 });
        link.sent += 1;
        let (first, last) = weather.latency_ms;
        let (out_ms, back_ms) = (link.dice.between(first, last), link.dice.between(first, last));
        let later_ms = if link.dice.happens(500) { link.dice.between(1, 3_000) } else { SILENCE_MS };
        let is_let_go = link.dice.happens(500);
        let mut roll = link.dice.below(1000);
        let number = link.sent;
        let mut trouble = None;
        for (kind, per_mille) in weather.troubles {
            if roll < per_mille {
                trouble = Some(kind);
                break;
            }
            roll -= per_mille;
        }
        if let Some(trouble) = trouble {
            *state.troubles.entry(trouble.word()).or_default() += 1;
        }
        if let Some(parting) = parting {
            let word = if parting == Parting::Refusing { "parted" } else { "parted in silence" };
            *state.troubles.entry(word).or_default() += 1;
        }
        Fate { number, out_ms, back_ms, later_ms, trouble, parting, is_let_go }
    }

    fn is_parted(&self, one: Node, other: Node) -> bool {
        self.state().parted.contains_key(&pair(one, other))
    }

    /// Carries a request and its whole answer.
    pub(crate) async fn carry(
        self: Arc<Self>,
        from: Life,
        to: Node,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Lost> {
        let (answer, fate) = self.clone().exchange(&from, to, request, true).await?;
        let (parts, body) = answer.into_parts();
        let mut body =
            to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Lost::Unknown("the answer broke off"))?;
        pause(fate.back_ms).await;
        if self.is_parted(from.node(), to) {
            pause(SILENCE_MS).await;
            return Err(Lost::Unknown("the answer did not come through"));
        }
        match fate.trouble {
            Some(Trouble::LostAnswer) => {
                pause(fate.later_ms).await;
                return Err(Lost::Unknown("the connection was reset"));
            }
            Some(Trouble::Cut) => return Err(Lost::Unknown("the answer broke off")),
            Some(Trouble::Half) => body.truncate(body.len() / 2),
            _ => {}
        }
        let body = self.lie(from.node(), to, &body).unwrap_or(body);
        let what = format!("← {to} #{} {}", fate.number, parts.status.as_u16());
        self.moment(&from);
        if from.is_over() {
            return Err(Lost::Unknown("killed"));
        }
        self.history.note(from.node(), what);
        Ok(Response::from_parts(parts, body))
    }

    /// Carries a request and gives the answer's body as it comes.
    pub(crate) async fn stream(
        self: Arc<Self>,
        from: Life,
        to: Node,
        request: Request<Bytes>,
    ) -> Result<Response<futures_util::stream::BoxStream<'static, Result<Bytes, Lost>>>, Lost> {
        let (answer, fate) = self.clone().exchange(&from, to, request, false).await?;
        pause(fate.back_ms).await;
        if self.is_parted(from.node(), to) || fate.trouble == Some(Trouble::LostAnswer) {
            pause(SILENCE_MS).await;
            return Err(Lost::Unknown("the answer did not come through"));
        }
        let server = self.state().doors.get(&to).map(|(life, _)| life.clone());
        let server = server.ok_or(Lost::Unknown("the connection was reset"))?;
        self.history
            .note(from.node(), format!("← {to} #{} {} streams", fate.number, answer.status().as_u16()));
        let (parts, body) = answer.into_parts();
        // Whatever is ready has been said, however long it is on its way.
        let said = body.into_data_stream().ready_chunks(CHUNKS_MAX);
        let open = (self, from.node(), server, said, VecDeque::new(), false);
        let chunks = futures_util::stream::unfold(
            open,
            async |(net, reader, server, mut said, mut under_way, is_over)| {
                if is_over {
                    return None;
                }
                if under_way.is_empty() {
                    tokio::select! {
                        biased;
                        () = server.over() => under_way.push_back(Err(Lost::Unknown("the connection was reset"))),
                        now = said.next() => {
                            under_way.extend(now?.into_iter().map(|chunk| chunk.map_err(|_| Lost::Unknown("the stream broke off"))));
                        }
                    }
                    for chunk in under_way.iter().flatten() {
                        net.tap.get().into_iter().for_each(|tap| tap(reader, Passing::Said(chunk)));
                    }
                }
                let chunk = under_way.pop_front()?;
                let fate = net.fate(server.node(), reader);
                pause(fate.out_ms).await;
                while net.is_parted(reader, server.node()) && !server.is_over() {
                    // What was sent comes when the way is there again, as TCP does.
                    pause(500).await;
                }
                let chunk = match fate.trouble {
                    None | Some(Trouble::Doubled | Trouble::Portal | Trouble::LostRequest) => chunk,
                    Some(_) => Err(Lost::Unknown("the stream broke off")),
                };
                let chunk = chunk.map(|said| net.lie(reader, server.node(), &said).unwrap_or(said));
                let is_over = chunk.is_err();
                Some((chunk, (net, reader, server, said, under_way, is_over)))
            },
        );
        Ok(Response::from_parts(parts, chunks.boxed()))
    }

    async fn exchange(
        self: Arc<Self>,
        from: &Life,
        to: Node,
        request: Request<Bytes>,
        whole: bool,
    ) -> Result<(Response<Body>, Fate), Lost> {
        if from.is_over() {
            return std::future::pending().await;
        }
        let fate = self.fate(from.node(), to);
        let trouble = fate.trouble.map_or(String::new(), |trouble| format!(" ({})", trouble.word()));
        let trouble = fate.parting.map_or(trouble, |_| " (parted)".to_owned());
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let target = target.split_once("?after=").map_or(target, |(path, _)| path);
        self.history
            .note(from.node(), format!("→ {to} #{} {} {target}{trouble}", fate.number, request.method()));
        self.moment(from);
        if from.is_over() {
            return std::future::pending().await;
        }
        if let Some(tap) = self.tap.get().filter(|_| matches!(to, Node::Backend(_))) {
            tap(from.node(), Passing::Request(&request));
        }
        match fate.parting {
            Some(Parting::Refusing) => {
                pause(fate.out_ms).await;
                return Err(Lost::NotSent("there is no way"));
            }
            Some(Parting::Swallowing) => return std::future::pending().await,
            None => {}
        }
        pause(fate.out_ms).await;
        match fate.trouble {
            Some(Trouble::Refused) => return Err(Lost::NotSent("the connection was refused")),
            Some(Trouble::LostRequest) => {
                pause(fate.later_ms).await;
                return Err(Lost::Unknown("the connection was reset"));
            }
            Some(Trouble::Portal) => {
                pause(fate.back_ms).await;
                let mut page = Response::new(Body::from(PORTAL));
                page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                return Ok((page, fate));
            }
            Some(Trouble::Hanging) => return std::future::pending().await,
            Some(Trouble::Doubled) => {
                let (net, copy, later_ms) = (Arc::clone(&self), request.clone(), fate.later_ms);
                tokio::spawn(async move {
                    pause(later_ms).await;
                    // Nobody waits for what is said to a copy.
                    let _ = net.deliver(to, copy, true, false).await;
                });
            }
            _ => {}
        }
        let reader = from.node();
        let (astray, forged) = (self.astray(&request), self.forged(reader, to, &request));
        for (to, other) in astray.into_iter().chain(forged.map(|forged| (to, forged))) {
            let net = Arc::clone(&self);
            // Nobody waits for what is said to it.
            tokio::spawn(async move { drop(net.deliver(to, other, true, false).await) });
        }
        let asked_ms = self.history.ms();
        let answer = self.deliver(to, request, whole, fate.is_let_go).await?;
        if whole && let Some(tap) = self.tap.get().filter(|_| matches!(to, Node::Backend(_))) {
            let (parts, body) = answer.into_parts();
            let body =
                to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| Lost::Unknown("the answer broke off"))?;
            tap(reader, Passing::Answer(&body, asked_ms));
            return Ok((Response::from_parts(parts, Body::from(body)), fate));
        }
        Ok((answer, fate))
    }

    /// A notification as it comes to another merchant's door, while some do.
    fn astray(&self, request: &Request<Bytes>) -> Option<(Node, Request<Bytes>)> {
        let path = request.uri().path();
        let (road, merchant) = path.rsplit_once('/').filter(|(road, _)| road.starts_with("/notify/"))?;
        let mut state = self.state();
        let (other, home) = state.homes.iter().find(|(other, _)| **other != merchant)?;
        let (path, home) = (format!("{road}/{other}"), *home);
        state.astray = state.astray.checked_sub(1)?;
        *state.troubles.entry("astray").or_default() += 1;
        let mut copy = request.clone();
        *copy.uri_mut() = path.parse().expect("a path is an address");
        Some((home, copy))
    }

    /// Hands a request to whoever is there.
    async fn deliver(
        &self,
        to: Node,
        request: Request<Bytes>,
        whole: bool,
        is_let_go: bool,
    ) -> Result<Response<Body>, Lost> {
        let door = self.state().doors.get(&to).cloned();
        let Some((life, router)) = door else { return Err(Lost::NotSent("nobody is there")) };
        self.moment(&life);
        if life.is_over() {
            return Err(Lost::Unknown("the connection was reset"));
        }
        let request = as_a_server_reads(request);
        let answering = tokio::spawn(async move {
            let answer = match router.oneshot(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            if !whole {
                return Ok(answer);
            }
            let (parts, body) = answer.into_parts();
            let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| ())?;
            Ok::<_, ()>(Response::from_parts(parts, Body::from(body)))
        });
        life.own(answering.abort_handle());
        let stops = LetGo(is_let_go.then(|| answering.abort_handle()));
        let answer = answering.await;
        drop(stops);
        self.moment(&life);
        match answer {
            Ok(Ok(answer)) if !life.is_over() => Ok(answer),
            Ok(Err(())) => Err(Lost::Unknown("the answer broke off")),
            Ok(Ok(_)) | Err(_) => Err(Lost::Unknown("the connection was reset")),
        }
    }
}

/// Stops the answering when nobody waits for it any more, as a server does that sees its connection closed.
struct LetGo(Option<tokio::task::AbortHandle>);

impl Drop for LetGo {
    fn drop(&mut self) {
        if let Some(answering) = &self.0 {
            answering.abort();
        }
    }
}

/// The request as HTTP/1.1 brings it: a path, and whom it is for in `Host`.
fn as_a_server_reads(request: Request<Bytes>) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    if let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.entry(header::HOST).or_insert(host);
    }
    if !body.is_empty() {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    parts.uri = target.parse().expect("the path of an address is an address");
    Request::from_parts(parts, Body::from(body))
}
