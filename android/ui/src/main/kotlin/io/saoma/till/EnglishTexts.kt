// The labels in English.
package io.saoma.till

import io.saoma.core.ListFilter

internal object EnglishTexts :
    Texts,
    PeopleTexts by EnglishPeopleTexts,
    ShiftTexts by EnglishShiftTexts,
    DayTexts by EnglishDayTexts,
    AnnouncingTexts by EnglishAnnouncingTexts,
    CounterTexts by EnglishCounterTexts,
    RefundTexts by EnglishRefundTexts {
    override val tag = "en"

    override val appName = "Saoma"
    override val back = "Back"
    override val cancel = "Cancel"
    override val tryAgain = "Try again"
    override val copy = "Copy"
    override val copied = "Copied"
    override val share = "Share"
    override val loading = "Loading"
    override val testMoney = "TEST · not real money"
    override val testMoneySpoken = "Test account: this is not real money"

    override val opening = "Opening the till"
    override val cannotOpen = "The till cannot open"

    override fun troubleCode(code: String) = "For support: $code"

    override val giveKeyUp = "The key is lost: use another"
    override val giveKeyUpQuestion = "Is the old key lost for ever?"
    override val giveKeyUpExplained =
        "What the lost key has sealed cannot be read any more; the file is kept. The till sells again once it is paired anew, and sales " +
            "that never left do not go out any more. If the key still lies somewhere, do not go on."

    override val pairTitle = "Pair this till"
    override val pairHow =
        "Have the person in charge show a pairing code. Scan it, or paste the link that stands below it."
    override val pairLink = "Pairing link"
    override val pairLinkHint = "saoma://pair?…"
    override val pairName = "Name of this till"
    override val pairNameHint = "Such as: counter 2"
    override val pairButton = "Pair"
    override val pairing = "Pairing"
    override val pairScan = "Scan the pairing code"
    override val pairAgain = "Pair again"

    override val scanPairing = "Hold the pairing code into the picture"
    override val scanReference = "Hold the barcode into the picture"
    override val typeInstead = "Type it instead"
    override val cameraDenied =
        "This app may not use the camera. Allow it in the system's settings, or type instead."
    override val cameraAbsent = "There is no camera here. Type it instead."
    override val cameraBusy = "The camera cannot be used just now. Close other apps that use it, or type instead."

    override val charge = "Charge"
    override val toCollect = "To collect"
    override val sales = "Sales"
    override val more = "More"

    override fun chargeAmount(amount: String) = "Charge ¥$amount"

    override val enterAmount = "Enter an amount"
    override val ringingUp = "Ringing up"
    override val quickAmounts = "Quick amounts"
    override val deleteKey = "Delete the last"
    override val clearKey = "Clear"
    override val plusKey = "Plus"
    override val pointKey = "Point"

    override fun keyedIn(typed: String) = "Keyed in: $typed"

    override val tooMuch = "More than this till may ask for at once"

    override val addDetails = "Reference, note"
    override val details = "About this sale"
    override val reference = "Waybill or table"
    override val referenceHint = "What is paid for"
    override val onlyOnce = "Open only once"
    override val onlyOnceWhy = "Nobody can open a second sale for the same reference meanwhile."
    override val note = "Note"
    override val noteHint = "The customer does not see it"
    override val descriptionLabel = "What the customer reads"
    override val defaultDescription = "Purchase"
    override val done = "Done"

    override fun insteadOf(tail: String) = "In place of …$tail, which nobody can pay any more"

    override fun tail(tail: String) = "No. …$tail"

    override val codeSpoken = "Payment code, to be scanned by the customer"
    override val amountSpoken = "Amount"

    override fun leaves(seconds: Long) = "Code stays for ${seconds / 60}:${(seconds % 60).toString().padStart(2, '0')}"

    override fun checked(ago: String) = "Checked $ago"

    override val notHeard = "Not answered yet"

    override fun ago(seconds: Long) =
        when {
            seconds < 2 -> "just now"
            seconds < 60 -> "$seconds s ago"
            seconds < 3_600 -> "${seconds / 60} min ago"
            seconds < 86_400 -> "${seconds / 3_600} h ago"
            else -> "${seconds / 86_400} d ago"
        }

    override val freshCode = "Fresh code"
    override val checkNow = "Check now"
    override val cancelSale = "Cancel sale"
    override val changeAmount = "Change amount"
    override val changing = "As soon as it is certain that nobody can pay this code any more, the keypad opens, filled in."
    override val cancelQuestion = "Cancel this sale?"
    override val cancelExplained = "Its code leaves the screen at once. Then it is made certain that nobody has paid or can still pay it."
    override val keepSale = "Keep it"
    override val changeQuestion = "Change the amount?"
    override val changeExplained =
        "This code is withdrawn first. Once it is certain that nobody can pay it, the keypad opens with everything filled in."
    override val showDetails = "Details"
    override val showCode = "Show the code"
    override val newSale = "New sale"
    override val ringUpAgain = "Ring up again"
    override val openOther = "Look at that sale"
    override val largerCode = "Larger code"
    override val smallerCode = "Smaller code"
    override val copyCode = "Copy the code's text for the play wallet"

    override val paidHeading = "Paid"
    override val nextSale = "Next sale"
    override val seen = "Seen"
    override val notPlayed = "The announcement was not played. Tell the customer yourself."
    override val playing = "Announcing"
    override val playAgain = "Say it again"
    override val receiptButton = "Receipt"

    override fun moreWaiting(count: Int) = if (count == 1) "1 more to look at" else "$count more to look at"

    override val alarmSeen = "I have read this"
    override val alarmSeenWhy = "It comes again until somebody has read it. It stays in the list under Alarms."
    override val lookAtSale = "Look at the sale"

    override fun paidBy(time: String) = "Paid at $time"

    override fun filter(filter: ListFilter?) =
        when (filter) {
            null -> "All"
            ListFilter.OPEN -> "Open"
            ListFilter.UNANSWERED -> "Not answered"
            ListFilter.ANSWERED -> "Can be paid"
            ListFilter.PAID -> "Paid"
            ListFilter.CLOSED -> "Closed"
            ListFilter.VOID -> "Not made"
            ListFilter.ALARMED -> "Alarms"
            ListFilter.FOR_MANAGER -> "For a manager"
            ListFilter.REFUNDING -> "Refunds"
        }

    override val searchTail = "Last characters of the number"
    override val searchReference = "Waybill, table or note"
    override val clearSearch = "Clear the search"
    override val nothingFound = "Nothing found"
    override val noSales = "No sales here yet"
    override val nothingToCollect = "Nothing left to collect"
    override val loadingMore = "Loading more"

    override fun toCollectSum(
        count: Int,
        sum: String,
    ) = if (count == 1) "1 sale, $sum" else "$count sales, $sum"

    override val history = "History"
    override val madeAt = "Rung up"
    override val paidAt = "Paid"
    override val orderNo = "Number"
    override val parts = "Parts"
    override val receipt = "Receipt"
    override val receiptExplained = "Signed by the merchant. Anyone can verify it, without a network."

    override val drafts = "Old drafts"
    override val draftsExplained = "Rung up without a network, too long ago to go out by themselves. Is the customer still there?"
    override val noDrafts = "No old drafts"
    override val send = "Send it"
    override val drop = "Drop it"
    override val dropReason = "Why it is dropped"
    override val dropReasons = listOf("Customer has left", "Paid in cash", "Rung up by mistake")
    override val dropExplained = "It is given up, and nobody can pay it. The reason is kept."

    override val day = "Day totals"
    override val today = "Today"
    override val dayBefore = "Day before"
    override val dayAfter = "Day after"
    override val thisTill = "This till"
    override val thisTillExplained = "By its own receipts, without a network"
    override val wholeShop = "The whole merchant"
    override val wholeShopExplained = "All tills, by the backend"
    override val paidSum = "Received"
    override val lateSum = "Late money in it"

    override fun payments(count: Int) = if (count == 1) "1 payment" else "$count payments"

    override fun mismatched(count: Int) =
        if (count ==
            1
        ) {
            "1 sale frozen: money does not match"
        } else {
            "$count sales frozen: money does not match"
        }

    override fun asOf(time: String) = "As of $time"

    override val settings = "Settings"
    override val language = "语言 · Language"
    override val sound = "Announce aloud"
    override val soundWhy = "Money that came is read aloud by this device's voice."
    override val trySound = "Try the voice"
    override val soundSample = "The announcement sounds like this"
    override val soundHeard = "Played to its end"
    override val typeSize = "Size of letters"

    override fun typeSize(size: TypeSize) =
        when (size) {
            TypeSize.NORMAL -> "Normal"
            TypeSize.LARGE -> "Large"
            TypeSize.HUGE -> "Very large"
        }

    override val look = "Appearance"

    override fun look(look: Look) =
        when (look) {
            Look.SYSTEM -> "As the system"
            Look.LIGHT -> "Light"
            Look.DARK -> "Dark"
        }

    override val largeModules = "Codes as large as possible"
    override val largeModulesWhy = "For a cracked screen, or customers who scan from afar."
    override val description = "What customers read"
    override val quickAmountsWhy = "Rung up by one tap on the keypad, 12 at most."
    override val addQuickAmount = "Another amount"
    override val add = "Add"

    override fun remove(what: String) = "Remove $what"

    override val diagnosis = "Diagnosis"
    override val diagnosisWhy = "For whoever helps you. No secrets in it."
    override val merchant = "Merchant"
    override val store = "Store"
    override val device = "Device"
    override val backend = "Backend"
    override val network = "Network"
    override val stream = "Told at once"
    override val lastHeard = "Backend last heard"
    override val serverTime = "Time at the backend"
    override val clockAhead = "This device's clock"
    override val unproven = "Not proven yet"
    override val journal = "Journal"
    override val storage = "Storage"
    override val deviceKey = "Device key"
    override val readOnly = "May only be looked at"
    override val lastTrouble = "Last trouble"
    override val leftAside = "Answers left aside"
    override val version = "Version"
    override val yes = "Yes"
    override val no = "No"
    override val fine = "Fine"
    override val checking = "Being checked"
    override val moneyKind = "Money"
    override val realMoney = "Real"

    override fun sales(
        count: Int,
        sum: String,
    ) = "$count, $sum"

    override fun entries(count: Long) = "$count entries"

    override fun secondsAhead(seconds: Long) =
        when {
            seconds == 0L -> "Right"
            seconds > 0 -> "$seconds s fast"
            else -> "${-seconds} s slow"
        }
}
