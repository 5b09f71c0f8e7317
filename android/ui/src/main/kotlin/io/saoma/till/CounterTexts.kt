// What the screens say about the customer's payment code, and about cash.
package io.saoma.till

internal interface CounterTexts {
    // The customer's payment code
    val scanCustomer: String
    val scanPaymentCode: String
    val paymentCode: String
    val paymentCodeWhy: String
    val useCamera: String
    val scanAgain: String
    val goOn: String

    fun digitsOf(count: Int): String

    val tooManyDigits: String

    fun scanAgainIn(seconds: Long): String

    // Cash
    val takeCash: String
    val cashTaken: String
    val notTaken: String
    val cashExplained: String
    val cashWithCodeExplained: String

    fun cashQuestion(amount: String): String
}

internal object ChineseCounterTexts : CounterTexts {
    override val scanCustomer = "扫付款码"
    override val scanPaymentCode = "请顾客打开微信付款码，放入框内"
    override val paymentCode = "付款码，18 位数字"
    override val paymentCodeWhy = "用扫码枪扫，或输入条码下方的数字，输满就扣款。付款码不会保存。"
    override val useCamera = "用相机扫"
    override val scanAgain = "再扫一次"
    override val goOn = "继续收这一单"

    override fun digitsOf(count: Int) = "已输入 $count 位，共 18 位"

    override val tooManyDigits = "付款码只有 18 位，这个不是"

    override fun scanAgainIn(seconds: Long) = "$seconds 秒后再扫"

    override val takeCash = "收现金"
    override val cashTaken = "已收现金"
    override val notTaken = "还没收"
    override val cashExplained = "按您的登记为准，没有微信的凭证，单独统计。"
    override val cashWithCodeExplained = "按您的登记为准，没有微信的凭证。二维码会马上收起；在确认关掉之前还可能被付，真付了，本机会提醒。"

    override fun cashQuestion(amount: String) = "收到现金 $amount 了吗？"
}

internal object EnglishCounterTexts : CounterTexts {
    override val scanCustomer = "Scan to charge"
    override val scanPaymentCode = "Have the customer open the payment code in WeChat, and hold it into the picture"
    override val paymentCode = "Payment code, 18 digits"
    override val paymentCodeWhy =
        "Use a scanner, or type the digits below the barcode; it is charged with the last one. The code is kept nowhere."
    override val useCamera = "Use the camera"
    override val scanAgain = "Scan again"
    override val goOn = "Go on with this sale"

    override fun digitsOf(count: Int) = "$count of 18 digits"

    override val tooManyDigits = "A payment code has 18 digits; this has more"

    override fun scanAgainIn(seconds: Long) = "Scan again in $seconds s"

    override val takeCash = "Take cash"
    override val cashTaken = "Cash was taken"
    override val notTaken = "Not yet"
    override val cashExplained = "It is noted by your word, without proof from WeChat, and added up apart."
    override val cashWithCodeExplained =
        "It is noted by your word, without proof from WeChat. The code leaves the screen at once; until its end is proven it may still " +
            "be paid, and if that happens this till says so."

    override fun cashQuestion(amount: String) = "Was $amount taken in cash?"
}
