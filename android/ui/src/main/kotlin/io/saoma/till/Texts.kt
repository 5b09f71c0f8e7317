// The screens' own labels. What is said about money, states and faults comes from the core.
package io.saoma.till

import io.saoma.core.Language
import io.saoma.core.ListFilter

/** Every label, in one language. */
internal interface Texts :
    PeopleTexts,
    ShiftTexts,
    DayTexts,
    AnnouncingTexts,
    CounterTexts,
    RefundTexts {
    /** The language, as platforms write it. */
    val tag: String

    // Every screen
    val appName: String
    val back: String
    val cancel: String
    val tryAgain: String
    val copy: String
    val copied: String
    val share: String
    val loading: String
    val testMoney: String
    val testMoneySpoken: String

    // Opening
    val opening: String
    val cannotOpen: String

    fun troubleCode(code: String): String

    val giveKeyUp: String
    val giveKeyUpQuestion: String
    val giveKeyUpExplained: String

    // Pairing
    val pairTitle: String
    val pairHow: String
    val pairLink: String
    val pairLinkHint: String
    val pairName: String
    val pairNameHint: String
    val pairButton: String
    val pairing: String
    val pairScan: String
    val pairAgain: String

    // The camera
    val scanPairing: String
    val scanReference: String
    val typeInstead: String
    val cameraDenied: String
    val cameraAbsent: String
    val cameraBusy: String

    // Places
    val charge: String
    val toCollect: String
    val sales: String
    val more: String

    // The keypad
    fun chargeAmount(amount: String): String

    val enterAmount: String
    val ringingUp: String
    val quickAmounts: String
    val deleteKey: String
    val clearKey: String
    val plusKey: String
    val pointKey: String

    fun keyedIn(typed: String): String

    val tooMuch: String

    val addDetails: String
    val details: String
    val reference: String
    val referenceHint: String
    val onlyOnce: String
    val onlyOnceWhy: String
    val note: String
    val noteHint: String
    val descriptionLabel: String
    val defaultDescription: String
    val done: String

    fun insteadOf(tail: String): String

    // A sale
    fun tail(tail: String): String

    val codeSpoken: String
    val amountSpoken: String

    fun leaves(seconds: Long): String

    fun checked(ago: String): String

    val notHeard: String

    fun ago(seconds: Long): String

    val freshCode: String
    val checkNow: String
    val cancelSale: String
    val changeAmount: String
    val changing: String
    val cancelQuestion: String
    val cancelExplained: String
    val keepSale: String
    val changeQuestion: String
    val changeExplained: String
    val showDetails: String
    val showCode: String
    val newSale: String
    val ringUpAgain: String
    val openOther: String
    val largerCode: String
    val smallerCode: String
    val copyCode: String

    // Told of money
    val paidHeading: String
    val nextSale: String
    val seen: String
    val notPlayed: String
    val playing: String
    val playAgain: String
    val receiptButton: String

    fun moreWaiting(count: Int): String

    val alarmSeen: String
    val alarmSeenWhy: String
    val lookAtSale: String

    fun paidBy(time: String): String

    // Lists
    fun filter(filter: ListFilter?): String

    val searchTail: String
    val searchReference: String
    val clearSearch: String
    val nothingFound: String
    val noSales: String
    val nothingToCollect: String
    val loadingMore: String

    fun toCollectSum(
        count: Int,
        sum: String,
    ): String

    // Details
    val history: String
    val madeAt: String
    val paidAt: String
    val orderNo: String
    val parts: String
    val receipt: String
    val receiptExplained: String

    // Old drafts
    val drafts: String
    val draftsExplained: String
    val noDrafts: String
    val send: String
    val drop: String
    val dropReason: String
    val dropReasons: List<String>
    val dropExplained: String

    // Days
    val day: String
    val today: String
    val dayBefore: String
    val dayAfter: String
    val thisTill: String
    val thisTillExplained: String
    val wholeShop: String
    val wholeShopExplained: String
    val paidSum: String
    val lateSum: String

    fun payments(count: Int): String

    fun mismatched(count: Int): String

    fun asOf(time: String): String

    // Settings
    val settings: String
    val language: String
    val sound: String
    val soundWhy: String
    val trySound: String
    val soundSample: String
    val soundHeard: String
    val typeSize: String

    fun typeSize(size: TypeSize): String

    val look: String

    fun look(look: Look): String

    val largeModules: String
    val largeModulesWhy: String
    val description: String
    val quickAmountsWhy: String
    val addQuickAmount: String
    val add: String

    fun remove(what: String): String

    // Diagnosis
    val diagnosis: String
    val diagnosisWhy: String
    val merchant: String
    val store: String
    val device: String
    val backend: String
    val network: String
    val stream: String
    val lastHeard: String
    val serverTime: String
    val clockAhead: String
    val unproven: String
    val journal: String
    val storage: String
    val deviceKey: String
    val readOnly: String
    val lastTrouble: String
    val leftAside: String
    val version: String
    val yes: String
    val no: String
    val fine: String
    val checking: String
    val moneyKind: String
    val realMoney: String

    fun sales(
        count: Int,
        sum: String,
    ): String

    fun entries(count: Long): String

    fun secondsAhead(seconds: Long): String
}

internal fun textsOf(language: Language): Texts =
    when (language) {
        Language.CHINESE -> ChineseTexts
        Language.ENGLISH -> EnglishTexts
    }
