//! The sentences in simplified Chinese, as a shop in China says them.

use super::{Span, Words};
use crate::sale::{PhaseWord, RefundWord};

pub(super) struct Chinese;

impl Words for Chinese {
    fn joined(&self, sentences: &[String]) -> String {
        sentences.concat()
    }

    fn title(&self, phase: PhaseWord) -> &'static str {
        match phase {
            PhaseWord::Draft => "待发送",
            PhaseWord::WaitingForPerson => "等您决定",
            PhaseWord::Sending => "正在发送",
            PhaseWord::Awaiting => "等待付款",
            PhaseWord::Checking => "正在核实",
            PhaseWord::Refreshing => "正在换码",
            PhaseWord::Closing => "正在取消",
            PhaseWord::Closed => "已关闭",
            PhaseWord::Paid => "已收款",
            PhaseWord::Rejected => "被拒绝",
            PhaseWord::Joined => "已有同一单",
            PhaseWord::Dropped => "已放弃",
            PhaseWord::Unknown => "请更新应用",
            PhaseWord::Ready => "请扫顾客付款码",
            PhaseWord::Charging => "正在扣款",
            PhaseWord::Paying => "顾客正在输密码",
            PhaseWord::Cash => "现金",
            PhaseWord::CashUnproven => "现金，码仍可能被付",
        }
    }

    fn late_title(&self) -> &'static str {
        "迟到的款项"
    }

    fn mismatch_title(&self) -> &'static str {
        "款项不符"
    }

    fn sentence(&self, phase: PhaseWord) -> &'static str {
        match phase {
            PhaseWord::Draft => "已记在本机，还没有发出；有网络时会自动发出，请不要重复开单。",
            PhaseWord::WaitingForPerson => "这一单放得太久，不会自动发出。请决定：发出，还是放弃。",
            PhaseWord::Sending => "正在发送，还没有得到答复。请稍候，不要重复开单。",
            PhaseWord::Awaiting => "请顾客用微信扫码付款。钱到之前请不要交货。",
            PhaseWord::Checking => "二维码已收起，正在核实钱到了没有。请稍候，不要交货，也不要重新开单。",
            PhaseWord::Refreshing => "旧二维码已收起，正在换一个新的，请稍候。",
            PhaseWord::Closing => "二维码已收起，正在核实钱到了没有。有结果之前请不要重新开单。",
            PhaseWord::Closed => "没有付款，以后也不能再付。",
            PhaseWord::Paid => "钱已收到，有收据为证。",
            PhaseWord::Rejected => "没有生成二维码，被拒绝了。请重新开单。",
            PhaseWord::Joined => "没有开成：同一件事已有另一单在收款。",
            PhaseWord::Dropped => "没有发出就放弃了，没有人能付这一单。",
            PhaseWord::Unknown => {
                "后台给出的状态这个版本不认识。请不要当作收到，也不要当作没收到，请更新应用。"
            }
            PhaseWord::Ready => "请顾客打开微信付款码，扫一下。到现在还没有扣款。",
            PhaseWord::Charging => "付款码已经发出，正在查扣款成功没有。请不要再扫，也不要交货。",
            PhaseWord::Paying => "顾客正在微信里输入密码。请稍候，不要再扫，也不要交货。",
            PhaseWord::Cash => "收银员登记收了现金。这一单的二维码已不能再付。",
            PhaseWord::CashUnproven => "收银员登记收了现金。先前的二维码还可能被付；真付了，本机会马上提醒。",
        }
    }

    fn paid(&self, amount: &str) -> String {
        format!("{amount} 已收到，有收据为证。")
    }

    fn late(&self, amount: &str) -> String {
        format!("{amount} 已收到，但钱是在取消之后才到的，或者付了不止一次。请核对后再交货或退款。")
    }

    fn late_beside_cash(&self, amount: &str) -> String {
        format!("已经收了现金，二维码又付来 {amount}：付了两次。请退回其中一笔。")
    }

    fn scan_again(&self, seconds: u64) -> String {
        format!("先前的码暂时关不掉，这次没有扣款。请过 {seconds} 秒再扫，或者收现金。")
    }

    fn refund(&self, amount: &str, state: &str) -> String {
        format!("退款 {amount}：{state}")
    }

    fn refund_state(&self, state: RefundWord) -> &'static str {
        match state {
            RefundWord::Asked => "已记在本机，还没有得到答复，请不要重复申请。",
            RefundWord::Requested => "等店长同意。",
            RefundWord::Declined => "店长没有同意。",
            RefundWord::Queued => "正在排队。",
            RefundWord::Sending => "正在发出，还不知道微信支付受理没有。",
            RefundWord::Processing => "微信支付已受理，钱还在路上，还没有退到。",
            RefundWord::Done => "已退到顾客账户。",
            RefundWord::Closed => "微信支付没有退成，钱还在这里，可以重新申请。",
            RefundWord::Abnormal => "顾客的账户收不了这笔退款。请负责人到微信支付处理，不要重新申请。",
            RefundWord::Refused => "没有受理，钱还在这里。",
            RefundWord::Unknown => "状态这个版本不认识，请更新应用。",
        }
    }

    fn refund_waits(&self, seconds: u64) -> String {
        format!("排队中，还要 {seconds} 秒；同一单的退款要隔一分钟。")
    }

    fn refunded_title(&self, amount: &str) -> String {
        format!("已退款 {amount}")
    }

    fn refunded_result(&self, tail: &str, amount: &str) -> String {
        format!("尾号 {tail}：{amount} 已退给顾客，有收据为证。")
    }

    fn refunded_aloud(&self, amount: &str) -> String {
        format!("退款成功{amount}")
    }

    fn refund_failed_title(&self) -> &'static str {
        "退款没有成功"
    }

    fn refund_failed_result(&self, tail: &str, amount: &str, state: &str) -> String {
        format!("尾号 {tail}，退款 {amount}：{state}")
    }

    fn refund_failed_aloud(&self, amount: &str, tail: &str) -> String {
        let spelled: Vec<String> = tail.chars().map(String::from).collect();
        format!("请注意，{amount}的退款没有成功，尾号 {}", spelled.join(" "))
    }

    fn mismatch(&self) -> &'static str {
        "警报：收到的款项与这一单不符，已冻结。请不要交货，请负责人核对。"
    }

    fn other(&self, tail: &str, amount: &str, same_amount: bool) -> String {
        let first = format!("那一单尾号 {tail}，{amount}，请用那一单，不要重复收款。");
        if same_amount { first } else { format!("{first}两单金额不同，收款前请先核对。") }
    }

    fn because(&self, detail: &str) -> String {
        format!("原因：{}。", detail.trim_end_matches(['.', '。']))
    }

    fn trouble(&self) -> &'static str {
        "暂时连不上后台，正在自动重试。"
    }

    fn test_money(&self) -> &'static str {
        "测试单，不是真钱。"
    }

    fn paid_title(&self, amount: &str) -> String {
        format!("已收款 {amount}")
    }

    fn paid_result(&self, tail: &str, amount: &str, by_wechat: bool) -> String {
        let road = if by_wechat { "微信" } else { "" };
        format!("尾号 {tail}：{road}收款 {amount}，有收据为证。")
    }

    fn late_result(&self, tail: &str, amount: &str) -> String {
        format!("尾号 {tail}：{amount} 在取消之后才到，或者付了不止一次。请核对后再交货或退款。")
    }

    fn mismatch_result(&self, tail: &str, asked: &str) -> String {
        format!("尾号 {tail}，应收 {asked}：收到的款项与这一单不符，已冻结。请不要交货，请负责人核对。")
    }

    fn yuan_aloud(&self, minor: u64) -> String {
        super::aloud::chinese(minor)
    }

    fn paid_aloud(&self, amount: &str, by_wechat: bool) -> String {
        if by_wechat { format!("微信收款{amount}") } else { format!("收款{amount}") }
    }

    fn late_aloud(&self, amount: &str) -> String {
        format!("请注意，迟到的款项{amount}，请核对")
    }

    fn mismatch_aloud(&self, tail: &str) -> String {
        let spelled: Vec<String> = tail.chars().map(String::from).collect();
        format!("警报，款项不符，请不要交货，尾号 {}", spelled.join(" "))
    }

    fn test(&self, words: &str) -> String {
        format!("测试：{words}")
    }

    fn bad_input(&self, field: &str, detail: &str) -> String {
        let name = field_name(field).unwrap_or(field);
        let place = super::line_no(field).map(|no| format!("第 {no} 行的")).unwrap_or_default();
        match reason(detail) {
            Some(reason) => format!("请检查{place}{name}：{reason}。"),
            None => format!("请检查{place}{name}（{detail}）。"),
        }
    }

    fn code(&self, code: &str) -> Option<&'static str> {
        Some(match code {
            "bad_input" | "bad_request" => "有一项填得不对，请改正后再试。",
            "closed" => "收款台已关闭，请重新打开应用。",
            "conflict" | "other_bytes" => "这个单号已经用在另一单上，请返回重新开单。",
            "feature_missing" => "商家后台还不支持这项功能，请联系后台的管理人员。",
            "key_failed" | "key_store" => "手机的密钥库没有签名。请解锁手机再试；还不行就重新配对。",
            "no_receipt" => "没有收据：没有证据表明钱到了。",
            "not_found" => "这里没有这一单，请核对单号。",
            "not_paired" => "还没有配对，请先扫描配对码。",
            "other_merchant" => "本机存有另一家商户的单据。请换一部手机，或重新安装应用后再配对。",
            "read_only" => "本机现在只能查看。要收款，请重新配对。",
            "too_many_unproven" | "too_many_open_orders" => {
                "没有结果的单太多了。请等它们有结果，或取消几单，再开这一单。"
            }
            "order_paid" => "这一单的钱已经收到，不能再改。",
            "order_ended" => "这一单已经结束，请重新开单。",
            "order_ending" => "这一单正在结束，请等核实结果。",
            "not_last_attempt" => "这一单已经有了更新的二维码，请看一下再决定。",
            "attempts_exhausted" => "这一单已经换过 99 次码。请取消后重新开单。",
            "not_answered_yet" => "这一单还没有得到答复，请稍候再试。",
            "order_frozen" => "收到的款项与这一单不符，已冻结。请负责人先核对。",
            "order_in_cash" => "这一单已收现金。要改，请按退款把现金退回。",
            "order_charging" => "顾客的付款码正在扣款，请等结果，不要再扫。",
            "order_by_code" => "这一单由本机扫顾客的付款码来收，请扫付款码。",
            "not_charged" => "付款码没有用上，没有扣款。请顾客刷新付款码再扫。",
            "attempt_closing" => "先前的码暂时关不掉，这次没有扣款。请稍候再扫，或者收现金。",
            "method_unavailable" => "商户账户没有开通这种收款方式，请换一种。",
            "payment_unknown" => "这一单没有收到过这笔款。",
            "refund_over_rest" => "超过了这笔款还能退的金额（在路上的退款也算在内）。",
            "refund_parts_exhausted" => "这一单已经退过 50 次，不能再退。",
            "refund_too_old" => "这笔款超过一年，微信支付不能再退。",
            "refund_decided" => "这笔退款已经有了决定，请再看一下这一单。",
            "session_ended" => "登录已失效，请重新登录；登录后会接着办。",
            "sign_in_required" => "商户要求先登录，请先输入密码登录。",
            "pin_wrong" => "密码不对，请再试一次。",
            "pin_locked" => "密码错的次数太多，请过一会儿再试，或请店长重设密码。",
            "person_exists" => "这个编号已经是别人的，请换一个。",
            "rule" => "商户的资金保护规则不允许这样做。",
            "needs_manager" => "这要店长同意：请店长在本机登录，或在别处同意。",
            "other_key" => "本机的数据属于另一把密钥。请用原来的密钥；如果已经丢失，请确认后重新配对。",
            "key_lost" => "手机里这个收款台的密钥丢失了。请确认后用新密钥重新配对。",
            "key_locked" => "手机的密钥库还锁着。请解锁手机，再打开应用。",
            "key_replaced" => "旧密钥已丢失，换了新密钥。要收款，请重新配对。",
            "shift_open" => "已经有一个班次开着，请先交班。",
            "no_shift" => "没有开着的班次，或者没有这个班次。",
            "unreachable" => "连不上后台。已开的单都保存着，会自动继续；请检查网络。",
            "untrusted" => "对方不能证明自己是本商户的后台，它的话一概没有采信。请联系后台的管理人员。",
            "body_too_large" => "内容太长，请缩短后再试。",
            "signature_invalid" => "后台没有接受本机的签名。一直这样就请重新配对。",
            "device_unknown" => "后台不认识本机。要收款，请重新配对。",
            "device_revoked" => "本机已被商户停用。要收款，请重新配对。",
            "clock_skew" => "手机时间不准，已自动校正，请再试一次。",
            "journal_forked" => "本机的数据是恢复或复制来的。为了不重复发出，现在只能查看，请重新配对。",
            "forbidden" => "本机没有这个权限，请联系负责人。",
            "business_key_open" => "同一件事已有另一单在收款。请用那一单，不要重复收款。",
            "rate_limited" => "请求太频繁，请稍候再试。",
            "resync" => "正在与后台重新同步，请稍候再试。",
            "pairing_refused" => "配对码已用过、已过期，或者不对。请让对方出示一个新的再扫。",
            "unavailable" => "后台暂时不能处理，请稍候再试。",
            "internal" => "内部出了错。请再试一次；一直这样，请连同诊断信息报告给技术支持。",
            "no_transport" => "这个应用没有联网的部件，请安装正确的版本。",
            "storage_in_use" => "收款台已在本机别处打开，请先在那里关闭。",
            "storage_newer" => "本机的数据是更新的版本写的，请更新应用。",
            "storage_foreign" => "存放数据的位置上是别的程序的文件，请换一个位置。",
            "storage_damaged" => "本机的数据已损坏，不能收款。请关闭应用再打开，能读出的都会救回来。",
            "storage_full" => "手机存储空间已满，不能再写入。请清理出一些空间。",
            "storage_failed" => "手机的存储用不了。请重启手机；还不行就请检修。",
            "clock_wrong" => "手机时间不对，请把日期和时间设为自动。",
            "salvaged" => "本机的数据损坏过，已经救回。要收款，请重新配对。",
            _ => return None,
        })
    }

    fn channel_code(&self, code: &str) -> Option<&'static str> {
        Some(match code {
            "NO_AUTH" | "APPID_MCHID_NOT_MATCH" | "MCH_NOT_EXISTS" | "MCH_NOT_EXIST" => {
                "微信支付还没有为本商户开通这种收款方式，请告诉负责人。"
            }
            "ACCOUNT_ERROR" | "REQUEST_BLOCKED" => "微信支付限制了本商户的账户，请告诉负责人。",
            "RULE_LIMIT" => "微信支付的规则或限额不允许收这一笔，请换一种方式收款。",
            "AUTHCODEEXPIRE" | "AUTH_CODE_EXPIRE" | "AUTH_CODE_ERROR" | "AUTH_CODE_INVALID" => {
                "顾客的付款码已失效，请顾客刷新后再扫。"
            }
            "NOTENOUGH" | "NOT_ENOUGH" => "顾客的余额不够，请换一种付款方式。",
            "TRADE_ERROR" => "微信支付拒绝了这笔交易。",
            "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT_EXCEED" | "RATELIMIT_EXCEEDED" => {
                "微信支付那边请求太多，请稍候。"
            }
            _ => return None,
        })
    }

    fn unknown_code(&self, code: &str) -> String {
        format!("没有办成，原因这个版本还不认识（{code}）。请再试一次，或更新应用。")
    }

    fn clock_wrong(&self, by: Span, ahead: bool) -> String {
        let by = match by {
            Span::Minutes(minutes) => format!("{minutes} 分钟"),
            Span::Hours(hours) => format!("{hours} 小时"),
            Span::Days(days) => format!("{days} 天"),
        };
        let side = if ahead { "快" } else { "慢" };
        format!("手机时间{side}了 {by}，请把日期和时间设为自动。")
    }

    fn unpaired(&self) -> &'static str {
        "还没有配对，请扫描配对码。"
    }

    fn offline(&self, has_network: bool, open: Option<&str>) -> String {
        let why = if has_network { "连不上后台" } else { "没有网络" };
        match open {
            None => format!("{why}。可以照常开单，以后会自动发出。"),
            Some(open) => format!("{why}。{open}"),
        }
    }

    fn open(&self, count: u32, sum: &str) -> String {
        format!("{count} 单共 {sum} 还没有结果。")
    }

    fn drafts_waiting(&self, count: u32) -> String {
        format!("{count} 单旧草稿等您决定：发出还是放弃。")
    }

    fn history(&self, word: &str) -> Option<&'static str> {
        Some(match word {
            "rung_up" => "开单",
            "wanted" => "有人要求处理",
            "released" => "有人决定发出",
            "calling" => "正在发出",
            "not_sent" => "没有离开本机",
            "told" => "后台有了答复",
            "refused" => "后台拒绝了",
            "missing" => "后台没有这一单",
            "dropped" => "有人放弃了",
            "cash_taken" => "收了现金",
            "not_charged" => "付款码没有用上",
            "refund_asked" => "申请退款",
            "decided" => "店长决定了退款",
            "accepted" => "店长收下了迟到的款项",
            _ => return None,
        })
    }

    fn salvage(&self, whole: usize, in_parts: usize, entries_lost: u64) -> String {
        format!(
            "本机的数据损坏过：{whole} 单完整救回，{in_parts} 单只剩一部分，{entries_lost} 条记录丢失。损坏的文件已保留。请与商户后台的\
             单据核对，并重新配对后再收款。"
        )
    }

    fn sealed_away(&self, unproven: usize) -> String {
        format!(
            "以前的数据用一把已经丢失的密钥加密，读不出来了，文件已保留。其中 {unproven} 单还没有确认已付或已关闭，请到商户后台查看。重新配对后\
             再收款。"
        )
    }
}

fn field_name(field: &str) -> Option<&'static str> {
    Some(match super::last_part(field) {
        "amount" => "金额",
        "description" => "商品说明",
        "note" => "备注",
        "reference" => "单据号或桌号",
        "lines" => "明细",
        "business_key" => "运单号或桌号",
        "life_s" => "二维码的有效时间",
        "link" => "配对码",
        "device_name" => "本机名称",
        "limit" => "每页的条数",
        "tail" => "单号尾号",
        "date" => "日期",
        "order_no" | "after" => "单号",
        "attempt" => "二维码的序号",
        "folder" => "存放位置",
        "code" | "auth_code" => "付款码",
        "reason" => "原因",
        "transaction_id" => "支付单号",
        "channel" => "付款方式",
        "person" => "人员",
        "pin" => "密码",
        "least_amount" => "最低播报金额",
        "from_minute" => "安静时段的开始",
        "until_minute" => "安静时段的结束",
        "finding" => "差别的编号",
        "float" => "备用金",
        "counted" => "清点的现金",
        "until" => "最后一天",
        _ => return None,
    })
}

/// The reasons that this till itself gives, in Chinese; a reason from elsewhere is carried as it was said.
fn reason(detail: &str) -> Option<String> {
    let numbers: Vec<&str> = detail
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|part| part.parse::<f64>().is_ok())
        .collect();
    let begins = |text: &str| detail.starts_with(text);
    let first = numbers.first().copied();
    Some(match first {
        _ if begins("must not be empty") => "不能为空".to_owned(),
        Some(max) if begins("must have at most") && detail.contains("bytes") => {
            format!("太长了，最多 {max} 字节（一个汉字占 3 字节）")
        }
        _ if begins("must not contain control characters") => "不能有换行等控制字符".to_owned(),
        _ if begins("must not contain emoji") => "不能有表情符号".to_owned(),
        _ if begins("amount must be plain digits") => "请输入数字，例如 12.80".to_owned(),
        Some(decimals) if begins("amount must have at most") => format!("最多 {decimals} 位小数"),
        _ if begins("amount must be more than zero") => "必须大于零".to_owned(),
        _ if begins("amount must be a sum") => "加得太多了，请分成几单".to_owned(),
        _ if begins("amount must be at most") => "太大了".to_owned(),
        Some(max) if begins("must be at most") && detail.contains("CNY on this device") => {
            format!("本机每单最多 {max} 元")
        }
        _ if begins("must add up to the amount") => "各行相加要等于总金额".to_owned(),
        Some(max) if begins("must be at most") => format!("最多 {max} 行"),
        _ if begins("must be given with each line") => "有明细时请写在每一行里".to_owned(),
        _ if begins("must begin with saoma://pair?") => "这不是配对码，请重新扫描".to_owned(),
        _ if begins("part ") => "配对码不完整或不安全，请重新扫描或换一个".to_owned(),
        _ if begins("must be a payment code") => "这不是付款码（18 位数字，以 10 到 15 开头）".to_owned(),
        _ if begins("must be 4 to 12 digits") => "要 4 到 12 位数字".to_owned(),
        _ if begins("must be a day such as") => "请写成 2026-08-01 这样的日期".to_owned(),
        _ if begins("must be the last 1 to 26") => "请输入单号末尾的 1 到 26 个字符".to_owned(),
        _ => {
            let range = detail.strip_prefix("must be ")?.split(',').next()?.trim_end_matches(" seconds");
            let (from, to) = range.split_once(" to ")?;
            let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
            let unit = if detail.contains("seconds") { " 秒" } else { "" };
            format!("要在 {from} 到 {to}{unit}之间")
        }
    })
}
