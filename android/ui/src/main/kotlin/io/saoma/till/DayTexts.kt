// What the screens say about days: their sums, and tables of them.
package io.saoma.till

internal interface DayTexts {
    val cashSum: String
    val refundedSum: String
    val cashRefundedSum: String
    val unprovenSum: String
    val unprovenWhy: String
    val byMethod: String
    val byStore: String
    val byPerson: String
    val nobodySignedIn: String
    val whichDay: String
    val goToDay: String
    val dateHint: String
    val noSuchDay: String
    val export: String
    val exportWhy: String
    val salesOfDay: String
    val salesOfDayWhy: String
    val daysTable: String
    val daysTableWhy: String
    val fromDay: String
    val untilDay: String
    val exportSales: String
    val exportDays: String
    val fileGiven: String
    val bill: String
    val billAgreed: String
    val billRefundsAgreed: String
    val settle: String
    val settleWhy: String
    val settleReason: String
    val settled: String
    val findingGone: String

    fun moreFindings(count: Long): String

    /** `wechatpay_qr`, `wechatpay_code`, `cash`; any other as it is. */
    fun method(method: String): String

    fun salesFile(date: String): String

    fun daysFile(
        from: String,
        until: String,
    ): String
}

internal object ChineseDayTexts : DayTexts {
    override val cashSum = "现金（人工登记）"
    override val refundedSum = "已退款"
    override val cashRefundedSum = "现金退回"
    override val unprovenSum = "还没有结果"
    override val unprovenWhy = "不在任何合计里"
    override val byMethod = "按付款方式"
    override val byStore = "按门店"
    override val byPerson = "按人员"
    override val nobodySignedIn = "未登录"
    override val whichDay = "看哪一天？"
    override val goToDay = "看这一天"
    override val dateHint = "2026-08-01"
    override val noSuchDay = "请填今天或以前的日期，例如 2026-08-01"
    override val export = "导出表格"
    override val exportWhy = "CSV 文件，可以用 Excel 或 WPS 打开。里面是经营数据，请只发给可信的人。"
    override val salesOfDay = "这一天的账单"
    override val salesOfDayWhy = "本机开的每一单，一笔一行。"
    override val daysTable = "每日合计"
    override val daysTableWhy = "本机每天的合计，一天一行，最多 366 天。"
    override val fromDay = "从"
    override val untilDay = "到"
    override val exportSales = "导出账单"
    override val exportDays = "导出合计"
    override val fileGiven = "已导出"
    override val bill = "与微信账单核对"
    override val billAgreed = "一致的收款"
    override val billRefundsAgreed = "一致的退款"
    override val settle = "说明原因"
    override val settleWhy = "只记下原因和是谁说的，账本身不会改。"
    override val settleReason = "原因"
    override val settled = "已说明"
    override val findingGone = "最近一次核对已经没有这个差异。"

    override fun moreFindings(count: Long) = "还有 $count 处差异没有列出"

    override fun method(method: String) =
        when (method) {
            "wechatpay_qr" -> "微信 · 顾客扫码"
            "wechatpay_code" -> "微信 · 付款码"
            "cash" -> "现金"
            else -> method
        }

    override fun salesFile(date: String) = "账单-$date.csv"

    override fun daysFile(
        from: String,
        until: String,
    ) = "每日合计-$from-$until.csv"
}

internal object EnglishDayTexts : DayTexts {
    override val cashSum = "Cash, noted by who took it"
    override val refundedSum = "Given back"
    override val cashRefundedSum = "Cash given back"
    override val unprovenSum = "Not proven yet"
    override val unprovenWhy = "in none of the sums"
    override val byMethod = "By method"
    override val byStore = "By store"
    override val byPerson = "By person"
    override val nobodySignedIn = "Nobody signed in"
    override val whichDay = "Which day?"
    override val goToDay = "Show it"
    override val dateHint = "2026-08-01"
    override val noSuchDay = "Today or a day before it, such as 2026-08-01"
    override val export = "Export tables"
    override val exportWhy = "CSV files for any spreadsheet. They hold the business's figures: give them only to whom you trust."
    override val salesOfDay = "This day's sales"
    override val salesOfDayWhy = "Every sale that was rung up here, a payment a row."
    override val daysTable = "Day totals"
    override val daysTableWhy = "What this till took, a day a row, at most 366 days."
    override val fromDay = "From"
    override val untilDay = "Until"
    override val exportSales = "Export the sales"
    override val exportDays = "Export the totals"
    override val fileGiven = "Exported"
    override val bill = "Against WeChat Pay's bill"
    override val billAgreed = "Payments that agree"
    override val billRefundsAgreed = "Refunds that agree"
    override val settle = "Explain"
    override val settleWhy = "The reason and who gave it are written down. Nothing else is changed."
    override val settleReason = "Reason"
    override val settled = "Explained"
    override val findingGone = "The last comparison no longer found this."

    override fun moreFindings(count: Long) = "$count more are not listed here"

    override fun method(method: String) =
        when (method) {
            "wechatpay_qr" -> "WeChat, code shown"
            "wechatpay_code" -> "WeChat, customer's code"
            "cash" -> "Cash"
            else -> method
        }

    override fun salesFile(date: String) = "sales-$date.csv"

    override fun daysFile(
        from: String,
        until: String,
    ) = "days-$from-$until.csv"
}
