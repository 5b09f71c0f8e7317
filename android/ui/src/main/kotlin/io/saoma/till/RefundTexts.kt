// What the screens say about money that came, and money that goes back.
package io.saoma.till

import io.saoma.core.LateMoney

internal interface RefundTexts {
    // Money that came
    val moneyIn: String
    val late: String
    val doesNotMatch: String
    val byWordOfCashier: String
    val givenBack: String
    val leftToGiveBack: String

    fun channel(channel: String): String

    fun lateMoney(word: LateMoney): String

    val keepMoney: String
    val giveBack: String
    val keepExplained: String

    fun keepQuestion(amount: String): String

    // Giving back
    val refund: String
    val refunds: String
    val whichPayment: String
    val howMuch: String
    val aPart: String
    val refundAmount: String
    val moreThanLeft: String
    val refundReason: String
    val refundReasons: List<String>
    val reasonTooLong: String
    val refundExplained: String
    val cashBackExplained: String
    val notNow: String
    val nothingLeft: String

    fun allOfIt(amount: String): String

    fun left(amount: String): String

    fun refundNow(amount: String): String

    fun refundQuestion(amount: String): String

    fun askedBy(name: String): String

    // A manager's word
    val agree: String
    val decline: String
    val agreeExplained: String
    val declineReason: String
    val declineReasons: List<String>
    val declineExplained: String

    fun agreeQuestion(amount: String): String

    // Told
    val refundedHeading: String

    fun refundedAt(time: String): String
}

internal object ChineseRefundTexts : RefundTexts {
    override val moneyIn = "收到的款项"
    override val late = "迟到"
    override val doesNotMatch = "款项不符"
    override val byWordOfCashier = "收银员登记"
    override val givenBack = "已退"
    override val leftToGiveBack = "还可退"

    override fun channel(channel: String) =
        when (channel) {
            "wechatpay" -> "微信支付"
            "cash" -> "现金"
            else -> channel
        }

    override fun lateMoney(word: LateMoney) =
        when (word) {
            LateMoney.ASK -> "等店长决定：留下，还是退回。"
            LateMoney.ACCEPTED -> "已决定留下。"
            LateMoney.GIVEN_BACK -> "已决定退回。"
            LateMoney.UNKNOWN -> "状态这个版本不认识，请更新应用。"
        }

    override val keepMoney = "留下"
    override val giveBack = "退回"
    override val keepExplained = "这笔钱算作收入，不退给顾客。以后仍可以退款。"

    override fun keepQuestion(amount: String) = "留下 $amount？"

    override val refund = "退款"
    override val refunds = "退款记录"
    override val whichPayment = "退哪一笔"
    override val howMuch = "退多少"
    override val aPart = "退一部分"
    override val refundAmount = "退款金额"
    override val moreThanLeft = "超过了还可退的金额"
    override val refundReason = "退款原因（顾客可见）"
    override val refundReasons = listOf("商品有问题", "顾客不要了", "多收了款", "重复付款")
    override val reasonTooLong = "原因太长，请写短一些"
    override val refundExplained = "钱原路退回顾客，可能要等店长同意。微信支付确认之后才算退到。"
    override val cashBackExplained = "请把现金当面退给顾客。可能要等店长同意。"
    override val notNow = "先不退"
    override val nothingLeft = "没有可退的款项了。"

    override fun allOfIt(amount: String) = "全退 $amount"

    override fun left(amount: String) = "还可退 $amount"

    override fun refundNow(amount: String) = "退款 $amount"

    override fun refundQuestion(amount: String) = "退给顾客 $amount？"

    override fun askedBy(name: String) = "$name 申请"

    override val agree = "同意"
    override val decline = "不同意"
    override val agreeExplained = "同意之后就会退给顾客，不能收回。"
    override val declineReason = "不同意的原因"
    override val declineReasons = listOf("不符合退款规定", "已当面解决", "金额不对")
    override val declineExplained = "钱留在这里，原因会告诉申请的人。"

    override fun agreeQuestion(amount: String) = "同意退款 $amount？"

    override val refundedHeading = "已退款"

    override fun refundedAt(time: String) = "退款时间 $time"
}

internal object EnglishRefundTexts : RefundTexts {
    override val moneyIn = "Money that came"
    override val late = "late"
    override val doesNotMatch = "does not match"
    override val byWordOfCashier = "by the cashier's word"
    override val givenBack = "Given back"
    override val leftToGiveBack = "Left to give back"

    override fun channel(channel: String) =
        when (channel) {
            "wechatpay" -> "WeChat Pay"
            "cash" -> "Cash"
            else -> channel
        }

    override fun lateMoney(word: LateMoney) =
        when (word) {
            LateMoney.ASK -> "Waits for a manager: keep it, or give it back."
            LateMoney.ACCEPTED -> "It is kept."
            LateMoney.GIVEN_BACK -> "It goes back."
            LateMoney.UNKNOWN -> "In a state that this version does not know. Update this app."
        }

    override val keepMoney = "Keep it"
    override val giveBack = "Give it back"
    override val keepExplained = "It counts as taken and does not go back to the customer. It can still be refunded later."

    override fun keepQuestion(amount: String) = "Keep $amount?"

    override val refund = "Refund"
    override val refunds = "Refunds"
    override val whichPayment = "Which payment"
    override val howMuch = "How much"
    override val aPart = "A part"
    override val refundAmount = "Amount to give back"
    override val moreThanLeft = "More than is left"
    override val refundReason = "Why (the customer reads it)"
    override val refundReasons = listOf("Something was wrong with it", "Customer does not want it", "Charged too much", "Paid twice")
    override val reasonTooLong = "Too long: say it in fewer words"
    override val refundExplained =
        "It goes back the way it came; a manager may have to agree first. It counts as given back only once WeChat Pay proves it."
    override val cashBackExplained = "Hand the cash to the customer. A manager may have to agree first."
    override val notNow = "Not now"
    override val nothingLeft = "Nothing is left to be given back."

    override fun allOfIt(amount: String) = "All of it, $amount"

    override fun left(amount: String) = "$amount is left"

    override fun refundNow(amount: String) = "Refund $amount"

    override fun refundQuestion(amount: String) = "Give $amount back?"

    override fun askedBy(name: String) = "Asked for by $name"

    override val agree = "Agree"
    override val decline = "Decline"
    override val agreeExplained = "Then it goes back to the customer, and cannot be called back."
    override val declineReason = "Why not"
    override val declineReasons = listOf("Not within our rules", "Settled with the customer", "The amount is wrong")
    override val declineExplained = "The money stays here, and whoever asked is told why."

    override fun agreeQuestion(amount: String) = "Agree to a refund of $amount?"

    override val refundedHeading = "Given back"

    override fun refundedAt(time: String) = "Given back at $time"
}
