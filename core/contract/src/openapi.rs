//! The OpenAPI 3.1 document of API v1, generated from the types. The committed `openapi.json` is checked against it.

use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, PathsBuilder,
    Ref, RefOr, Required, Response, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::statement::{ClosedStatement, CodeStatement, KeysStatement, PaidStatement, RefundedStatement};
use crate::{
    AcceptPayment, Audit, Bundle, ChangePerson, Changes, ChargeOrder, CheckOrder, CloseOrder, CreateOrder,
    Day, Days, DecideRefund, Devices, Health, KeysAnswer, NewPairingCode, NewPerson, NewRefund, Order,
    OrderBody, PROBLEM_MEDIA_TYPE, PairDevice, PairedDevice, PairingCode, People, Person, Problem,
    ProblemCode, Reconciliation, RefreshOrder, RefundToMerchant, RevokeDevice, ServerTime, Session,
    SettleFinding, SignIn, StreamEnd, TakeCash,
};

const SIGNATURE: &str = "device_signature";

/// A schema for text with a rule.
pub(crate) fn text(max_length: Option<usize>, pattern: Option<&str>, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(max_length)
        .pattern(pattern)
        .description(Some(description))
        .into()
}

/// The whole document.
pub fn document() -> OpenApi {
    let mut schemas = Vec::new();
    named::<Order>(&mut schemas);
    named::<OrderBody>(&mut schemas);
    named::<CreateOrder>(&mut schemas);
    named::<RefreshOrder>(&mut schemas);
    named::<CloseOrder>(&mut schemas);
    named::<CheckOrder>(&mut schemas);
    named::<ChargeOrder>(&mut schemas);
    named::<TakeCash>(&mut schemas);
    named::<NewRefund>(&mut schemas);
    named::<DecideRefund>(&mut schemas);
    named::<RefundToMerchant>(&mut schemas);
    named::<AcceptPayment>(&mut schemas);
    named::<Changes>(&mut schemas);
    named::<StreamEnd>(&mut schemas);
    named::<Day>(&mut schemas);
    named::<Days>(&mut schemas);
    named::<Reconciliation>(&mut schemas);
    named::<SettleFinding>(&mut schemas);
    named::<NewPairingCode>(&mut schemas);
    named::<PairingCode>(&mut schemas);
    named::<PairDevice>(&mut schemas);
    named::<Bundle>(&mut schemas);
    named::<KeysAnswer>(&mut schemas);
    named::<ServerTime>(&mut schemas);
    named::<Problem>(&mut schemas);
    named::<Health>(&mut schemas);
    named::<SignIn>(&mut schemas);
    named::<Session>(&mut schemas);
    named::<People>(&mut schemas);
    named::<NewPerson>(&mut schemas);
    named::<ChangePerson>(&mut schemas);
    named::<Devices>(&mut schemas);
    named::<RevokeDevice>(&mut schemas);
    named::<Audit>(&mut schemas);
    statement::<CodeStatement>("code", &mut schemas);
    statement::<PaidStatement>("paid", &mut schemas);
    statement::<RefundedStatement>("refunded", &mut schemas);
    statement::<ClosedStatement>("closed", &mut schemas);
    statement::<KeysStatement>("keys", &mut schemas);
    schemas.sort_by(|(left, _), (right, _)| left.cmp(right));
    schemas.dedup_by(|(left, _), (right, _)| left == right);
    let signature = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
        "Signature",
        "HTTP Message Signatures (RFC 9421), label saoma, ecdsa-p256-sha256 by the device's key, over @method, @path, \
         @query, content-digest (RFC 9530, sha-256, when there is a body), saoma-journal and saoma-person (when sent); parameters created \
         (within five minutes of the server's time), keyid (the device's id), alg, nonce and tag=\"saoma-v1\". The header \
         saoma-journal says how far the device's journal goes: its entries and the hash of the last, as 12;hash=:…:. \
         The header saoma-person names the person who is signed in on the device, by id.",
    )));
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Saoma merchant backend")
                .version("1")
                .description(Some(
                    "What a till and a merchant backend say to each other. Requests are read strictly: an unknown field is \
                     refused by its name. Answers may gain fields and values: readers keep what they do not know. What a \
                     till acts on is only ever a verified statement (JWS ES256); everything else is a hint to ask.",
                ))
                .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
                .build(),
        )
        .paths(paths())
        .components(Some(
            ComponentsBuilder::new().schemas_from_iter(schemas).security_scheme(SIGNATURE, signature).build(),
        ))
        .build()
}

fn named<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// A statement's payload, which says its kind beside its fields.
fn statement<T: ToSchema>(kind: &str, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    let mut schema = T::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        let said = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind])).build();
        object.properties.insert("kind".to_owned(), said.into());
        object.required.push("kind".to_owned());
    }
    schemas.push((T::name().into_owned(), schema));
    T::schemas(schemas);
}

fn paths() -> Paths {
    use HttpMethod::{Delete, Get, Post, Put};
    let conflict = "The order as it is, and why: other_bytes, business_key_open, not_last_attempt, attempts_exhausted, \
                    order_ended, order_paid, order_frozen, attempt_closing or method_unavailable.";
    let not_given_back = "The order as it is, and why: other_bytes, payment_unknown, refund_over_rest, \
                          refund_parts_exhausted, refund_too_old, refund_decided, \
                          refund_not_abnormal or method_unavailable.";
    let order =
        |operation: OperationBuilder| operation.parameter(path_part("order_no", "The order's number."));
    let acts = |id: &str, summary: &str| order(signed(id, summary)).response("409", problem(conflict));
    let refund_no = || path_part("refund_no", "The refund's number.");
    let gives_back =
        |id: &str, summary: &str| order(signed(id, summary)).response("409", problem(not_given_back));
    let after = || query_part("after", "Where to go on; without it, from the beginning.");
    PathsBuilder::new()
        .path_operations(
            "/v1/orders/{order_no}",
            vec![
                (
                    Put,
                    acts(
                        "create_order",
                        "Creates an order; a replay of the same signed bytes answers the same order.",
                    )
                    .request_body(Some(body::<CreateOrder>()))
                    .response(
                        "201",
                        answer::<Order>("Created, and opened at the channel when it answered in time."),
                    )
                    .response("200", answer::<Order>("The order was there already."))
                    .build(),
                ),
                (
                    Get,
                    order(signed(
                        "get_order",
                        "An order as it is; counts as asking, so the channel is asked too.",
                    ))
                    .response("200", answer::<Order>("The order."))
                    .build(),
                ),
            ],
        )
        .path_operations(
            "/v1/orders/{order_no}/refresh",
            vec![(
                Post,
                act::<RefreshOrder>(acts("refresh_order", "Ends the named attempt and opens the next.")),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/close",
            vec![(
                Post,
                act::<CloseOrder>(acts("close_order", "Ends the order; of an unknown number, for ever.")),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/check",
            vec![(
                Post,
                act::<CheckOrder>(acts("check_order", "Asks the channel now, at most once a second.")),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/charge",
            vec![(
                Post,
                act::<ChargeOrder>(acts(
                    "charge_order",
                    "Ends the named attempt and charges the customer's payment code as the next, once.",
                )),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/cash",
            vec![(
                Post,
                act::<TakeCash>(order(signed("take_cash", "Records that the order was paid in cash, attested."))),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/refunds/{refund_no}",
            vec![(
                Put,
                gives_back(
                    "refund",
                    "Gives a payment back, wholly or in part; of a device that may not, it waits for a manager.",
                )
                .parameter(refund_no())
                .request_body(Some(body::<NewRefund>()))
                .response("201", answer::<Order>("Taken; its state says how far it is."))
                .response("200", answer::<Order>("The refund was there already."))
                .build(),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/refunds/{refund_no}/decide",
            vec![(
                Post,
                act::<DecideRefund>(
                    gives_back("decide_refund", "Says yes or no to a refund that waits. Managers only.")
                        .parameter(refund_no()),
                ),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/refunds/{refund_no}/to-merchant",
            vec![(
                Post,
                act::<RefundToMerchant>(
                    gives_back(
                        "refund_to_merchant",
                        "Has an abnormal refund paid to the merchant's own bank account. Managers only.",
                    )
                    .parameter(refund_no()),
                ),
            )],
        )
        .path_operations(
            "/v1/orders/{order_no}/payments/{transaction_id}/accept",
            vec![(
                Post,
                act::<AcceptPayment>(
                    gives_back("accept_payment", "Keeps late money. Managers only.")
                        .parameter(path_part("transaction_id", "The payment's number at its channel.")),
                ),
            )],
        )
        .path_operations(
            "/v1/changes",
            vec![(
                Get,
                signed("changes", "What changed since a cursor, for the device's scope.")
                    .parameter(after())
                    .parameter(query_part("limit", "Most orders of the page."))
                    .response("200", answer::<Changes>("A page."))
                    .response("410", problem("The cursor does not hold here (resync)."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/stream",
            vec![(
                Get,
                signed(
                    "stream",
                    "The same as server-sent events: `order` events with a cursor as id, then `end`.",
                )
                .parameter(after())
                .response("200", stream())
                .response("410", problem("The cursor does not hold here (resync)."))
                .build(),
            )],
        )
        .path_operations(
            "/v1/days/{date}",
            vec![(
                Get,
                signed("day", "A day's totals, by the channel's time of payment.")
                    .parameter(path_part("date", "The day at the merchant's place, such as 2026-08-01."))
                    .response("200", answer::<Day>("The totals."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/days",
            vec![(
                Get,
                span(signed("days", "The totals of several days in a row, at most 92."))
                    .response("200", answer::<Days>("The totals of each day."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/days.csv",
            vec![(
                Get,
                span(signed("days_csv", "The same as a table: a row a day."))
                    .response("200", table())
                    .build(),
            )],
        )
        .path_operations(
            "/v1/days/{date}/sales.csv",
            vec![(
                Get,
                signed("sales_csv", "A day's payments and refunds as a table: a row each, by time.")
                    .parameter(path_part("date", "The day at the merchant's place, such as 2026-08-01."))
                    .response("200", table())
                    .build(),
            )],
        )
        .path_operations(
            "/v1/days/{date}/reconciliation",
            vec![(
                Get,
                signed("reconciliation", "How a day's books agree with the channel's bill. Managers only.")
                    .parameter(path_part("date", "The day in the bill's zone, such as 2026-08-01."))
                    .parameter(query_part("limit", "Most findings, those that nobody settled first."))
                    .response("200", answer::<Reconciliation>("What agrees, and each thing that does not."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/days/{date}/reconciliation/{finding}/settle",
            vec![(
                Post,
                signed("settle_finding", "Explains a finding. Managers only.")
                    .parameter(path_part("date", "The day in the bill's zone, such as 2026-08-01."))
                    .parameter(path_part("finding", "The finding's id."))
                    .parameter(query_part("limit", "Most findings, those that nobody settled first."))
                    .request_body(Some(body::<SettleFinding>()))
                    .response("200", answer::<Reconciliation>("The day as it is now."))
                    .response("409", problem("It was settled with another reason (other_bytes)."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/pairing-codes",
            vec![(
                Post,
                signed("new_pairing_code", "A link for one more device. Managers only.")
                    .request_body(Some(body::<NewPairingCode>()))
                    .response("201", answer::<PairingCode>("The link."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/pairings",
            vec![(
                Post,
                signed("pair", "Pairs a device; signed with keyid \"new\" by the key in the body.")
                    .request_body(Some(body::<PairDevice>()))
                    .response("201", answer::<Bundle>("Paired: what the device needs to know."))
                    .response("200", answer::<Bundle>("The same again, for the same key."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/sessions",
            vec![
                (
                    Post,
                    signed("sign_in", "Signs a person in on this device by PIN.")
                        .request_body(Some(body::<SignIn>()))
                        .response("201", answer::<Session>("Signed in."))
                        .response("403", problem("The PIN is wrong (pin_wrong)."))
                        .response("429", problem("Too many wrong PINs (pin_locked)."))
                        .build(),
                ),
                (
                    Delete,
                    signed(
                        "sign_out",
                        "Ends the session of the person named, or every session of the device.",
                    )
                    .response("204", nothing("Signed out, or was not signed in."))
                    .build(),
                ),
            ],
        )
        .path_operations(
            "/v1/people",
            vec![
                (
                    Get,
                    signed("people", "Who may sign in on this device.")
                        .response("200", answer::<People>("The people."))
                        .build(),
                ),
                (
                    Post,
                    signed("new_person", "Adds a person. Owners and managers only.")
                        .request_body(Some(body::<NewPerson>()))
                        .response("201", answer::<Person>("Added."))
                        .response("200", answer::<Person>("The same again."))
                        .response("409", problem("The id stands for another person (person_exists)."))
                        .build(),
                ),
            ],
        )
        .path_operations(
            "/v1/people/{person}",
            vec![(
                Post,
                signed("change_person", "Renames, gives a role, a store or a PIN, or removes.")
                    .parameter(path_part("person", "The person's id."))
                    .request_body(Some(body::<ChangePerson>()))
                    .response("200", answer::<Person>("The person as it is now."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/devices",
            vec![(
                Get,
                signed("devices", "The merchant's devices and who is signed in on them. Managers only.")
                    .response("200", answer::<Devices>("The devices."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/devices/{device}/revoke",
            vec![(
                Post,
                signed("revoke_device", "Revokes a device. Managers only.")
                    .parameter(path_part("device", "The device's id."))
                    .request_body(Some(body::<RevokeDevice>()))
                    .response("200", answer::<PairedDevice>("The device, revoked."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/audit",
            vec![(
                Get,
                signed("audit", "Who did what, hash-chained, oldest first. Managers only.")
                    .parameter(query_part(
                        "after",
                        "The `seq` after which to go on; from the first without it.",
                    ))
                    .parameter(query_part("limit", "Most lines of the page."))
                    .response("200", answer::<Audit>("A page."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/bundle",
            vec![(
                Get,
                signed("bundle", "The device's bundle as it is now.")
                    .response("200", answer::<Bundle>("The bundle."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/keys",
            vec![(
                Get,
                signed("keys", "The merchant's statement keys, signed by its root key.")
                    .response("200", answer::<KeysAnswer>("The keys."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/health",
            vec![(
                Get,
                OperationBuilder::new()
                    .operation_id(Some("health"))
                    .summary(Some("Whether the backend works. Unsigned."))
                    .response("200", answer::<Health>("It works."))
                    .response("503", answer::<Health>("It does not."))
                    .build(),
            )],
        )
        .path_operations(
            "/v1/time",
            vec![(
                Get,
                OperationBuilder::new()
                    .operation_id(Some("time"))
                    .summary(Some("The server's time, features and limits. Unsigned."))
                    .response("200", answer::<ServerTime>("Now."))
                    .build(),
            )],
        )
        .build()
}

/// Several methods on one path, which the builder itself does not offer.
trait PathOperations {
    fn path_operations(self, path: &str, operations: Vec<(HttpMethod, Operation)>) -> Self;
}

impl PathOperations for PathsBuilder {
    fn path_operations(self, path: &str, operations: Vec<(HttpMethod, Operation)>) -> Self {
        let item = operations
            .into_iter()
            .fold(utoipa::openapi::path::PathItemBuilder::new(), |item, (method, operation)| {
                item.operation(method, operation)
            });
        self.path(path, item.build())
    }
}

fn signed(id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .operation_id(Some(id))
        .summary(Some(summary))
        .security(SecurityRequirement::new(SIGNATURE, Vec::<String>::new()))
        .response(
            "default",
            problem(&format!("A problem (RFC 9457). Codes: {}.", ProblemCode::KNOWN.join(", "))),
        )
}

fn act<B: ToSchema>(operation: OperationBuilder) -> Operation {
    operation.request_body(Some(body::<B>())).response("200", answer::<Order>("The order as it is.")).build()
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

fn body<T: ToSchema>() -> utoipa::openapi::request_body::RequestBody {
    RequestBodyBuilder::new()
        .content("application/json", Content::new(Some(reference::<T>())))
        .required(Some(Required::True))
        .build()
}

fn answer<T: ToSchema>(description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content("application/json", Content::new(Some(reference::<T>())))
        .build()
}

fn nothing(description: &str) -> Response {
    ResponseBuilder::new().description(description).build()
}

/// The first and the last of several days.
fn span(operation: OperationBuilder) -> OperationBuilder {
    operation
        .parameter(query_part("from", "The first day at the merchant's place, such as 2026-08-01."))
        .parameter(query_part("until", "The last day; the first one alone without it."))
}

fn table() -> Response {
    ResponseBuilder::new()
        .description("CSV by RFC 4180 in UTF-8 with a byte order mark; no cell is ever a formula.")
        .content("text/csv", Content::new(Some(text(None, None, "The table, its heads first."))))
        .build()
}

fn stream() -> Response {
    ResponseBuilder::new()
        .description("Events; a comment every 15 seconds; ends after 15 minutes at most.")
        .content(
            "text/event-stream",
            Content::new(Some(text(None, None, "Events whose data is an Order as JSON."))),
        )
        .build()
}

fn problem(description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_MEDIA_TYPE, Content::new(Some(reference::<Problem>())))
        .build()
}

fn path_part(name: &str, description: &str) -> Parameter {
    parameter(name, description, ParameterIn::Path, Required::True)
}

fn query_part(name: &str, description: &str) -> Parameter {
    parameter(name, description, ParameterIn::Query, Required::False)
}

fn parameter(name: &str, description: &str, place: ParameterIn, required: Required) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .schema(Some(String::schema()))
        .build()
}
