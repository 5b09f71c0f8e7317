// How the till is, for whoever helps.
package io.saoma.till

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import io.saoma.SaomaLibrary
import io.saoma.core.Diagnosis
import io.saoma.core.Language
import io.saoma.core.faultText
import java.time.ZoneId

@Composable
internal fun DiagnosisScreen(place: DiagnosisPlace) {
    val counter = place.counter
    val diagnosis = counter.diagnosis ?: return
    DiagnosisFace(
        diagnosis,
        place.settings.language,
        version = SaomaLibrary.version,
        copied = place.copied,
        onBack = { counter.back() },
        onCopy = place::copy,
        onPair = { counter.open(PairingPlace(counter)) },
    )
}

/** A diagnosis as it is at one moment. */
@Composable
internal fun DiagnosisFace(
    diagnosis: Diagnosis,
    language: Language,
    version: String,
    copied: Boolean,
    onBack: () -> Unit,
    onCopy: (label: String, text: String) -> Unit,
    onPair: () -> Unit,
) {
    val texts = LocalTexts.current
    val facts = facts(diagnosis, texts, version, LocalZone.current)
    Screen(
        texts.diagnosis,
        onBack,
        actions = {
            Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(8.dp)) {
                SideButton(
                    if (copied) texts.copied else texts.copy,
                    { onCopy(texts.diagnosis, facts.joinToString("\n") { (name, value) -> "$name: $value" }) },
                    Modifier.weight(1f).semantics { liveRegion = LiveRegionMode.Polite },
                    if (copied) Icons.Check else Icons.Copy,
                )
                if (diagnosis.readOnly != null) MainButton(texts.pairAgain, onPair, Modifier.weight(1f), Icons.Link)
            }
        },
    ) {
        diagnosis.salvage?.let { NoticeCard(it, Icons.Warning, LocalSignals.current.warning) }
        diagnosis.readOnly?.let { NoticeCard(faultText(it, language) ?: it, Icons.Stop, LocalSignals.current.alarm) }
        Text(texts.diagnosisWhy)
        Card { for ((name, value) in facts) Fact(name, value) }
    }
}

/** All that is known, a name and a value each. The codes are left as they are: they are for whoever helps. */
private fun facts(
    of: Diagnosis,
    texts: Texts,
    version: String,
    zone: ZoneId,
): List<Pair<String, String>> {
    fun yesNo(yes: Boolean) = if (yes) texts.yes else texts.no
    return listOfNotNull(
        of.merchantName?.let { texts.merchant to "$it (${of.merchant})" },
        of.storeName?.let { texts.store to it },
        of.device?.let { texts.device to it },
        of.live?.let { texts.moneyKind to if (it) texts.realMoney else texts.testMoney },
        of.backend?.let { texts.backend to it },
        texts.network to yesNo(of.network),
        texts.stream to yesNo(of.streamAlive),
        texts.lastHeard to (of.heardAt?.exact(zone) ?: "–"),
        of.lastTrouble?.let { texts.lastTrouble to it },
        texts.serverTime to of.serverTime.exact(zone),
        of.wallAheadMs?.let { texts.clockAhead to texts.secondsAhead(it / 1_000) },
        texts.unproven to texts.sales(of.unprovenCount.toInt(), of.unprovenText),
        texts.drafts to of.draftsWaiting.toString(),
        texts.journal to texts.entries(of.journalEntries.toLong()),
        texts.storage to (of.storageFault ?: if (of.storageChecked) texts.fine else texts.checking),
        of.keyFaultCode?.let { texts.deviceKey to it },
        of.readOnly?.let { texts.readOnly to it },
        texts.leftAside to "${of.regressions} / ${of.unverified}",
        texts.version to listOfNotNull(version, of.epoch?.let { "epoch $it" }).joinToString(" · "),
    )
}
