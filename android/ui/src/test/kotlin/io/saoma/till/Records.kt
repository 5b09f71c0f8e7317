// What the core would tell, at one fixed moment, for pictures.
package io.saoma.till

import io.saoma.core.Bar
import io.saoma.core.DayTotals
import io.saoma.core.Diagnosis
import io.saoma.core.Finding
import io.saoma.core.HistoryEntry
import io.saoma.core.Language
import io.saoma.core.LateMoney
import io.saoma.core.MerchantDay
import io.saoma.core.MoneyResult
import io.saoma.core.Movement
import io.saoma.core.Notice
import io.saoma.core.Pairing
import io.saoma.core.Person
import io.saoma.core.Phase
import io.saoma.core.Reconciliation
import io.saoma.core.RefundPhase
import io.saoma.core.ResultKind
import io.saoma.core.Sale
import io.saoma.core.SaleAction
import io.saoma.core.SaleCode
import io.saoma.core.SaleLine
import io.saoma.core.SalePayment
import io.saoma.core.SaleRefund
import io.saoma.core.Settled
import io.saoma.core.Shift
import io.saoma.core.ShiftLine
import io.saoma.core.SignedIn
import io.saoma.core.Sums
import io.saoma.core.TillDay
import io.saoma.core.Tone
import io.saoma.core.Totals
import io.saoma.core.qrModules
import java.time.Instant

/** The records of a tea shop, in one language. */
internal class Records(
    private val language: Language,
    private val live: Boolean = true,
) {
    val now: Instant = Instant.parse("2026-08-01T04:03:09Z")

    private fun words(
        chinese: String,
        english: String,
    ) = if (language == Language.CHINESE) chinese else english

    val pairing =
        Pairing(
            backend = "https://pay.teahouse.example",
            merchant = "teahouse",
            merchantName = words("云上茶舍", "Teahouse on the Clouds"),
            store = "river-road",
            storeName = words("滨江路店", "River Road store"),
            device = "till-7Q2M",
            deviceName = words("2 号收银台", "Counter 2"),
            role = "cashier",
            live = live,
            currency = "CNY",
            amountMax = 500_000,
            root = "0s3Yb1uXkq8m5bqX3nq1Vd2oQK8c7b9rT5uYw2aZpQk",
        )

    fun sale(
        phase: Phase,
        amount: String = "12.80",
        tail: String = "7QK2MD",
        reference: String? = null,
        note: String? = null,
        actions: List<SaleAction> = emptyList(),
        code: Boolean = false,
        late: Boolean = false,
        mismatch: Boolean = false,
        minutesAgo: Long = 1,
    ): Sale {
        val minor = amount.replace(".", "").toLong()
        val (title, sentence) = said(phase, late, mismatch, amount)
        val madeAt = now.minusSeconds(60 * minutesAgo)
        return Sale(
            orderNo = "01K1HC7W8V3N0X5R2B4T$tail",
            tail = tail,
            minor = minor,
            amount = amount,
            currency = "CNY",
            live = live,
            phase = phase,
            title = title,
            sentence = if (live) sentence else sentence + words("测试单，不是真钱。", " Test: play money."),
            actions = actions,
            attempt = 1u,
            code = if (code) SaleCode(TEXT, qrModules(TEXT), 224_000uL, now.plusSeconds(234)) else null,
            description = words("珍珠奶茶", "Milk tea"),
            note = note,
            reference = reference,
            lines = listOf(SaleLine(1u, minor, amount, reference)),
            businessKey = reference,
            madeAt = madeAt,
            paidAt = if (phase == Phase.PAID) madeAt.plusSeconds(41) else null,
            byCode = false,
            lastAttempt = 1u,
            scanAgainInMs = null,
            staff = null,
            cashTakenAt = null,
            payments = emptyList(),
            mismatches = emptyList(),
            refunds = emptyList(),
            late = late,
            mismatch = mismatch,
            other = null,
            notice = null,
            trouble = null,
            heardAt = now.minusSeconds(3),
            heardAgoMs = if (phase == Phase.DRAFT) null else 3_000uL,
        )
    }

    private fun said(
        phase: Phase,
        late: Boolean,
        mismatch: Boolean,
        amount: String,
    ): Pair<String, String> =
        when {
            mismatch -> {
                words("款项不符", "Money does not match") to
                    words(
                        "警报：收到的款项与这一单不符，已冻结。请不要交货，请负责人核对。",
                        "ALARM: money came that does not match this sale, so it is frozen. Hand nothing over; a person in charge must look.",
                    )
            }

            late -> {
                words("迟到的款项", "Late money") to
                    words(
                        "¥$amount 已收到，但钱是在取消之后才到的，或者付了不止一次。请核对后再交货或退款。",
                        "¥$amount is here, but it came after the sale was withdrawn, or more than once. " +
                            "Look into it, then hand over or refund.",
                    )
            }

            else -> {
                when (phase) {
                    Phase.AWAITING -> {
                        words("等待付款", "Waiting for payment") to
                            words(
                                "请顾客用微信扫码付款。钱到之前请不要交货。",
                                "Waiting for the customer, who scans the code with WeChat. Hand nothing over until the money is here.",
                            )
                    }

                    Phase.DRAFT -> {
                        words("待发送", "Kept, not sent yet") to
                            words(
                                "已记在本机，还没有发出；有网络时会自动发出，请不要重复开单。",
                                "Rung up and kept on this phone; it goes out by itself once there is a network. Do not ring it up again.",
                            )
                    }

                    Phase.WAITING_FOR_PERSON -> {
                        words("等您决定", "Waiting for you") to
                            words(
                                "这一单放得太久，不会自动发出。请决定：发出，还是放弃。",
                                "Rung up too long ago to go out by itself. Decide: send it or drop it.",
                            )
                    }

                    Phase.CLOSING -> {
                        words("正在取消", "Cancelling") to
                            words(
                                "二维码已收起，正在核实钱到了没有。有结果之前请不要重新开单。",
                                "No longer offered; whether money came all the same is being checked. Wait for that before you ring it up again.",
                            )
                    }

                    Phase.READY -> {
                        words("请扫顾客付款码", "Scan the customer's code") to
                            words(
                                "请顾客打开微信付款码，扫一下。到现在还没有扣款。",
                                "Ask the customer for the payment code in WeChat and scan it. Nothing was charged so far.",
                            )
                    }

                    Phase.CHARGING -> {
                        words("正在扣款", "Charging") to
                            words(
                                "付款码已经发出，正在查扣款成功没有。请不要再扫，也不要交货。",
                                "The customer's code was sent; whether it was charged is being asked. Do not scan again, and hand nothing over.",
                            )
                    }

                    Phase.PAYING -> {
                        words("顾客正在输密码", "Customer enters the password") to
                            words(
                                "顾客正在微信里输入密码。请稍候，不要再扫，也不要交货。",
                                "The customer is asked for the password in WeChat. Wait; do not scan again, and hand nothing over.",
                            )
                    }

                    Phase.CASH -> {
                        words("现金", "Cash") to
                            words(
                                "收银员登记收了现金。这一单的二维码已不能再付。",
                                "Cash, as the cashier noted it. No code of this sale can be paid any more.",
                            )
                    }

                    Phase.CASH_UNPROVEN -> {
                        words("现金，码仍可能被付", "Cash, code may still be paid") to
                            words(
                                "收银员登记收了现金。先前的二维码还可能被付；真付了，本机会马上提醒。",
                                "Cash, as the cashier noted it. The code that was made may still be paid; if that happens, this till says so.",
                            )
                    }

                    Phase.CLOSED -> {
                        words("已关闭", "Closed") to words("没有付款，以后也不能再付。", "Not paid, and nobody can pay it any more.")
                    }

                    Phase.PAID -> {
                        words("已收款", "Paid") to
                            words("¥$amount 已收到，有收据为证。", "¥$amount is here, with a receipt.")
                    }

                    else -> {
                        error("no words for $phase")
                    }
                }
            }
        }

    val awaiting =
        sale(
            Phase.AWAITING,
            actions =
                listOf(SaleAction.CANCEL, SaleAction.REFRESH, SaleAction.CHECK_NOW, SaleAction.TAKE_CASH, SaleAction.SCAN),
            code = true,
        )

    val cashier = Person("li", words("李雷", "Li Lei"), "cashier", store = null)

    private val beforeScan = listOf(SaleAction.CANCEL, SaleAction.TAKE_CASH, SaleAction.SCAN)
    val ready = sale(Phase.READY, actions = beforeScan).copy(byCode = true, lastAttempt = null)
    val refusedCode =
        ready.copy(
            lastAttempt = 1u,
            notice = Notice("NOTENOUGH", "balance", null),
            sentence =
                ready.sentence + words("原因：顾客的余额不够，请换一种付款方式。", " The customer's balance is not enough. Ask for another way to pay."),
        )
    val charging = sale(Phase.CHARGING, actions = listOf(SaleAction.CHECK_NOW)).copy(byCode = true)
    val paying = sale(Phase.PAYING, actions = listOf(SaleAction.CHECK_NOW)).copy(byCode = true)
    val notClosedYet =
        sale(Phase.CLOSING, actions = listOf(SaleAction.CHECK_NOW, SaleAction.TAKE_CASH)).copy(
            scanAgainInMs = 11_000uL,
            sentence =
                words(
                    "先前的码暂时关不掉，这次没有扣款。请过 11 秒再扫，或者收现金。",
                    "The code before this one cannot be closed yet, so this one was not charged. Scan again in 11 s, or take cash.",
                ),
        )
    val cash = sale(Phase.CASH).copy(cashTakenAt = now)
    val cashUnproven = sale(Phase.CASH_UNPROVEN, actions = listOf(SaleAction.CHECK_NOW)).copy(cashTakenAt = now)

    private fun payment(
        amount: String = "12.80",
        channel: String = "wechatpay",
        left: String = amount,
        lateMoney: LateMoney? = null,
    ) = SalePayment(
        channel = channel,
        transactionId = if (channel == "cash") awaiting.orderNo else "4200001234",
        minor = amount.replace(".", "").toLong(),
        amount = amount,
        currency = "CNY",
        paidAt = now.minusSeconds(30),
        late = lateMoney != null,
        proven = channel != "cash",
        refundedMinor = 0,
        leftMinor = left.replace(".", "").toLong(),
        left = left,
        lateMoney = lateMoney,
        mismatch = null,
    )

    private fun refund(
        amount: String,
        phase: RefundPhase,
        said: Pair<String, String>,
        sendsInMs: ULong? = null,
    ) = SaleRefund(
        refundNo = "01K1HC7W8V3N0X5R2B4T7QK2MD",
        channel = "wechatpay",
        transactionId = "4200001234",
        minor = amount.replace(".", "").toLong(),
        amount = amount,
        reason = words("商品有问题", "Something was wrong with it"),
        phase = phase,
        sentence = words("退款 ¥$amount：${said.first}", "Refund of ¥$amount: ${said.second}"),
        askedAt = now.minusSeconds(20),
        staff = "li",
        sendsInMs = sendsInMs,
        doneAt = if (phase == RefundPhase.DONE) now.minusSeconds(5) else null,
        detail = null,
    )

    val paid = sale(Phase.PAID, actions = listOf(SaleAction.RECEIPT, SaleAction.REFUND)).copy(payments = listOf(payment()))

    /** A manager looks at it. */
    val refunds =
        paid.copy(
            actions = listOf(SaleAction.RECEIPT, SaleAction.REFUND, SaleAction.DECIDE_REFUND),
            payments = listOf(payment(left = "4.80")),
            refunds =
                listOf(
                    refund("3.00", RefundPhase.DONE, "已退到顾客账户。" to "given back."),
                    refund(
                        "3.00",
                        RefundPhase.QUEUED,
                        "排队中，还要 41 秒；同一单的退款要隔一分钟。" to "waits 41 s for its turn, since parts of one sale keep a minute between them.",
                        41_000uL,
                    ),
                    refund("2.00", RefundPhase.REQUESTED, "等店长同意。" to "waits for a manager."),
                ),
        )

    /** A cashier looks at it. */
    val refundAsked = refunds.copy(actions = listOf(SaleAction.RECEIPT, SaleAction.REFUND), refunds = refunds.refunds.takeLast(1))

    val lateBesideCash =
        sale(Phase.PAID, late = true, actions = listOf(SaleAction.RECEIPT, SaleAction.REFUND, SaleAction.DECIDE_LATE_MONEY)).copy(
            cashTakenAt = now,
            payments = listOf(payment(channel = "cash"), payment(lateMoney = LateMoney.ASK)),
            sentence =
                words(
                    "已经收了现金，二维码又付来 ¥12.80：付了两次。请退回其中一笔。",
                    "¥12.80 came by the code although cash was taken: paid twice. Give one of them back.",
                ),
        )

    val draft = sale(Phase.DRAFT, actions = listOf(SaleAction.CANCEL))
    val closing = sale(Phase.CLOSING, actions = listOf(SaleAction.CHECK_NOW))
    val closed = sale(Phase.CLOSED)

    val sales =
        listOf(
            awaiting,
            sale(Phase.PAID, "36.00", "3TZ8FA", note = words("少冰", "Less ice"), minutesAgo = 9),
            sale(Phase.CLOSED, "9.90", "Q0C4YX", minutesAgo = 17),
            sale(Phase.PAID, "128.00", "V6H1NE", reference = words("8 号桌", "Table 8"), minutesAgo = 32),
            sale(Phase.PAID, "15.80", "P2JW5R", late = true, minutesAgo = 58),
            sale(Phase.AWAITING, "20.00", "K9D3BS", mismatch = true, minutesAgo = 75),
            sale(Phase.PAID, "6.50", "0MX7GT", minutesAgo = 118),
        )

    val toCollect =
        listOf(
            sale(Phase.AWAITING, "89.00", "7QK2MD", reference = "SF1402773950286", code = true),
            sale(Phase.DRAFT, "230.50", "3TZ8FA", reference = "SF1402773950311", minutesAgo = 4),
            sale(Phase.CLOSING, "45.20", "Q0C4YX", reference = "YT7734021885530", minutesAgo = 12),
        )

    val oldDrafts =
        listOf(
            sale(
                Phase.WAITING_FOR_PERSON,
                "45.20",
                "Q0C4YX",
                reference = "YT7734021885530",
                actions = listOf(SaleAction.DECIDE, SaleAction.CANCEL),
                minutesAgo = 42,
            ),
            sale(
                Phase.WAITING_FOR_PERSON,
                "12.80",
                "V6H1NE",
                actions = listOf(SaleAction.DECIDE, SaleAction.CANCEL),
                minutesAgo = 55,
            ),
        )

    val history =
        listOf(
            "rung_up" to words("开单", "Rung up"),
            "calling" to words("正在发出", "Being sent"),
            "told" to words("后台有了答复", "The backend answered"),
            "told" to words("后台有了答复", "The backend answered"),
        ).mapIndexed { index, (word, text) -> HistoryEntry(now.minusSeconds(60L - 17 * index), word, text) }

    fun result(
        kind: ResultKind = ResultKind.PAID,
        late: Boolean = false,
    ): MoneyResult {
        val (title, sentence) =
            when {
                kind == ResultKind.MISMATCH -> {
                    words("款项不符", "Money does not match") to
                        words(
                            "尾号 7QK2MD，应收 ¥12.80：收到的款项与这一单不符，已冻结。请不要交货，请负责人核对。",
                            "Sale …7QK2MD over ¥12.80: money came that does not match it, so it is frozen. Hand nothing over; " +
                                "a person in charge must look.",
                        )
                }

                late -> {
                    words("迟到的款项", "Late money") to
                        words(
                            "尾号 7QK2MD：¥12.80 在取消之后才到，或者付了不止一次。请核对后再交货或退款。",
                            "Sale …7QK2MD: ¥12.80 came after the sale was withdrawn, or more than once. Look into it, then hand over or refund.",
                        )
                }

                kind == ResultKind.REFUNDED -> {
                    words("已退款 ¥12.80", "Given back ¥12.80") to
                        words("尾号 7QK2MD：¥12.80 已退给顾客，有收据为证。", "Sale …7QK2MD: ¥12.80 was given back, with a receipt.")
                }

                kind == ResultKind.REFUND_FAILED -> {
                    words("退款没有成功", "Refund not done") to
                        words(
                            "尾号 7QK2MD，退款 ¥12.80：顾客的账户收不了这笔退款。请负责人到微信支付处理，不要重新申请。",
                            "Sale …7QK2MD, refund of ¥12.80: the customer's account cannot take it. A person in charge must see to it " +
                                "at WeChat Pay; do not ask for it anew.",
                        )
                }

                else -> {
                    words("已收款 ¥12.80", "Paid ¥12.80") to
                        words(
                            "尾号 7QK2MD：微信收款 ¥12.80，有收据为证。",
                            "Sale …7QK2MD: ¥12.80 is here by WeChat, with a receipt.",
                        )
                }
            }
        return MoneyResult(
            key = "wechatpay:4200001234",
            kind = kind,
            orderNo = awaiting.orderNo,
            tail = awaiting.tail,
            minor = 12_80,
            amount = "12.80",
            currency = "CNY",
            live = live,
            late = late,
            paidAt = now,
            learnedAt = now,
            title = title,
            sentence = sentence,
            spoken = title,
            aloud = true,
        )
    }

    private fun totals(
        count: Int,
        text: String,
    ) = Totals(count.toUInt(), text.replace(".", "").toLong(), text)

    private val nothing = totals(0, "0.00")

    private fun sums(
        name: String,
        paid: Totals,
        late: Totals = nothing,
        cash: Totals = nothing,
        refunded: Totals = nothing,
        cashRefunded: Totals = nothing,
    ) = Sums(name, paid, late, cash, refunded, cashRefunded)

    private fun dayTotals(
        sums: Sums,
        methods: List<Sums>,
        people: List<Sums> = emptyList(),
    ) = DayTotals("2026-08-01", live, "CNY", sums, methods, stores = emptyList(), people = people)

    fun day() =
        TillDay(
            dayTotals(
                sums("", totals(37, "1284.50"), totals(1, "15.80"), totals(4, "86.00"), totals(2, "25.60"), totals(1, "9.90")),
                methods =
                    listOf(
                        sums("cash", nothing, cash = totals(4, "86.00"), cashRefunded = totals(1, "9.90")),
                        sums("wechatpay_code", totals(12, "411.30")),
                        sums("wechatpay_qr", totals(25, "873.20"), totals(1, "15.80"), refunded = totals(2, "25.60")),
                    ),
                people =
                    listOf(
                        sums("", totals(3, "44.40")),
                        sums("li", totals(34, "1240.10"), totals(1, "15.80"), totals(4, "86.00"), totals(2, "25.60")),
                    ),
            ),
            unproven = totals(3, "364.70"),
        )

    fun merchantDay() =
        MerchantDay(
            totals =
                dayTotals(
                    sums("", totals(214, "8930.70"), totals(2, "28.60"), totals(19, "402.50"), totals(5, "88.00")),
                    methods = listOf(sums("wechatpay_code", totals(71, "2610.20")), sums("wechatpay_qr", totals(143, "6320.50"))),
                ),
            unproven = totals(3, "364.70"),
            mismatched = 1u,
            asOf = now,
        )

    /** A day's books against the bill: one difference to be explained, one that was. */
    fun reconciliation() =
        Reconciliation(
            date = "2026-07-31",
            live = live,
            tone = Tone.WARNING,
            sentence =
                words(
                    "账目与账单有不一致的地方，请核对。一致的：收款 211 笔，¥8846.90；退款 5 笔，¥88.00。不一致 2 处，其中 1 处还没有处理。",
                    "The books do not agree with the bill. Look at each difference. Alike: 211 payments, ¥8846.90; 5 refunds, ¥88.00. " +
                        "2 do not agree; 1 of them are not settled yet.",
                ),
            agreed = totals(211, "8846.90"),
            refundsAgreed = totals(5, "88.00"),
            findings = listOf(finding(settled = null), finding(Settled(now, "wang", words("银行重复记账，已联系", "Booked twice, the bank knows")))),
            findingsTotal = 2uL,
            open = 1uL,
            nextAt = null,
            asOf = now,
        )

    private fun finding(settled: Settled?) =
        Finding(
            id = if (settled == null) "f1" else "f2",
            sentence =
                words(
                    "账单里有，这里没有。这里：没有；账单：¥28.00，SUCCESS。",
                    "It is in the bill and not here. Here: nothing; in the bill: ¥28.00, SUCCESS.",
                ),
            outTradeNo = "01K1JZ0000000000000000SM0Y01",
            outRefundNo = null,
            orderNo = null,
            oursMinor = null,
            theirsMinor = 28_00,
            gone = false,
            settled = settled,
        )

    val people =
        listOf(
            Person("li", words("李雷", "Li Lei"), "cashier", "river-road"),
            Person("mei", words("韩梅梅", "Han Meimei"), "cashier", "river-road"),
            Person("wang", words("王芳", "Wang Fang"), "manager", null),
            Person("zhao", words("赵小军", "Zhao Xiaojun"), "courier", "river-road"),
        )

    fun signedIn(person: Person = people[0]) = SignedIn(person.id, person.name, person.role, now.plusSeconds(36_000))

    fun shift(closed: Boolean) =
        Shift(
            no = if (closed) 41u else 42u,
            currency = "CNY",
            live = live,
            openedAt = now.minusSeconds(if (closed) 64_800 else 14_400),
            openedBy = "li",
            closedAt = now.minusSeconds(36_000).takeIf { closed },
            closedBy = "li".takeIf { closed },
            sums = day().totals.sums,
            people = day().totals.people,
            methods = day().totals.methods,
            unproven = if (closed) totals(1, "20.00") else totals(3, "364.70"),
            floatMinor = 200_00,
            expectedMinor = 276_10,
            expected = "276.10",
            countedMinor = 275_60L.takeIf { closed },
            difference = "-0.50".takeIf { closed },
            later =
                if (closed) {
                    listOf(
                        ShiftLine(now.minusSeconds(35_000), sales[0].orderNo, "7QK2MD", Movement.PAID, 20_00, "20.00"),
                    )
                } else {
                    emptyList()
                },
        )

    val slip =
        words(
            """
                          云上茶舍
                          滨江路店
                           交班单
            --------------------------------
            班次                          41
            开班         2026-07-31 18:03:09
            交班         2026-08-01 02:03:09
            已收款            37 笔  1284.50
            现金               4 笔    86.00
            应有现金                  276.10
            清点现金                  275.60
            差额                       -0.50
            """,
            """
                 Teahouse on the Clouds
                    River Road store
                          Shift
            --------------------------------
            Number                        41
            Opened       2026-07-31 18:03:09
            Closed       2026-08-01 02:03:09
            Paid                37   1284.50
            Cash                 4     86.00
            Expected in the drawer    276.10
            Counted                   275.60
            Difference                 -0.50
            """,
        ).trimIndent().lines()

    val offline =
        Bar(Tone.WARNING, words("没有网络。3 单共 ¥364.70 还没有结果。", "No network. 3 sales, ¥364.70, not proven yet."))
    val busy = Bar(Tone.BUSY, words("1 单共 ¥12.80 还没有结果。", "1 sale, ¥12.80, not proven yet."))
    val old = Bar(Tone.WARNING, words("2 单旧草稿等您决定：发出还是放弃。", "2 old drafts wait: send or drop each."))

    fun diagnosis(
        bar: Bar? = null,
        network: Boolean = true,
        readOnly: String? = null,
        salvage: String? = null,
        person: SignedIn? = null,
        signInRequired: Boolean = false,
    ) = Diagnosis(
        bar = bar,
        device = pairing.device,
        merchant = pairing.merchant,
        merchantName = pairing.merchantName,
        storeName = pairing.storeName,
        live = live,
        backend = pairing.backend,
        readOnly = readOnly,
        network = network,
        unreachable = false,
        lastTrouble = if (network) null else "connect: no route to host",
        streamAlive = network,
        heardAt = now.minusSeconds(3),
        serverTime = now,
        wallAheadMs = 400,
        clockWarning = false,
        epoch = 1uL,
        features = emptyList(),
        unprovenCount = 3u,
        unprovenMinor = 364_70,
        unprovenText = "¥364.70",
        draftsWaiting = 2u,
        resultsWaiting = 0u,
        person = person,
        signInRequired = signInRequired,
        journalEntries = 1_284uL,
        keyFaultCode = null,
        storageFault = null,
        storageChecked = true,
        regressions = 0uL,
        unverified = 0uL,
        salvage = salvage,
    )

    val salvaged =
        words(
            "本机的数据损坏过：118 单完整救回，2 单只剩一部分，3 条记录丢失。损坏的文件已保留。请与商户后台的单据核对，并重新配对后再收款。",
            "The till's records were damaged. 118 sales were saved whole, 2 in parts, and 3 entries are lost. The damaged file was kept. " +
                "Compare with the merchant's own list, and pair this till again before it sells.",
        )

    val receipt =
        """
        {
          "format": "saoma-receipt-1",
          "paid": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjAxSzFIQzdXOFYifQ.eyJraW5kIjoicGFpZCIsIm9yZGVyX25vIjoiMDFLMUhDN1c4VjNOMFg1UjJCNFQ3UUsyTUQifQ.q1Zr8c",
          "keys": ["eyJhbGciOiJFUzI1NiJ9.eyJraW5kIjoia2V5cyJ9.f2aB0w"]
        }
        """.trimIndent()

    private companion object {
        const val TEXT = "weixin://wxpay/bizpayurl?pr=8KqYvN2zz"
    }
}
