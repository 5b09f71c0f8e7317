// What a person set on this device. None of it is about payments; it is lost with the app, and nothing else is.
package io.saoma.till

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.saoma.core.Announcing
import io.saoma.core.Language
import io.saoma.core.Paper
import io.saoma.core.QuietHours

/** Where settings stay: a file of properties on a desktop, shared preferences on a phone. Called on the main thread. */
public interface SettingsStore {
    /** What was last written under [name]; null if never. */
    public fun read(name: String): String?

    /** Keeps [value] under [name], before it returns or soon after. */
    public fun write(
        name: String,
        value: String,
    )
}

/** Light or dark. */
public enum class Look {
    /** As the system is. */
    SYSTEM,

    /** Always light. */
    LIGHT,

    /** Always dark. */
    DARK,
}

/** How large letters are, on top of what the system says. */
public enum class TypeSize(
    /** What the system's size is multiplied by. */
    public val scale: Float,
) {
    /** As the system says. */
    NORMAL(1f),

    /** A third larger. */
    LARGE(1.3f),

    /** Two thirds larger. */
    HUGE(1.6f),
}

/** The settings, kept in [store] as soon as they change. [systemLanguage] counts until a person chooses one. */
public class Settings(
    private val store: SettingsStore,
    systemLanguage: Language,
) {
    private var languageState by mutableStateOf(enumOr("language", systemLanguage))
    private var lookState by mutableStateOf(enumOr("look", Look.SYSTEM))
    private var typeSizeState by mutableStateOf(enumOr("type_size", TypeSize.NORMAL))
    private var soundState by mutableStateOf(store.read("sound") != "off")
    private var largeModulesState by mutableStateOf(store.read("large_modules") == "on")
    private var descriptionState by mutableStateOf(store.read("description").orEmpty())
    private var paperState by mutableStateOf(enumOr("paper", Paper.MM58))
    private var announcingState by mutableStateOf(readAnnouncing())
    private var quickAmountsState by mutableStateOf(readQuickAmounts())

    /** The language of everything. */
    public var language: Language
        get() = languageState
        set(value) {
            languageState = value
            store.write("language", value.name)
        }

    /** Light or dark. */
    public var look: Look
        get() = lookState
        set(value) {
            lookState = value
            store.write("look", value.name)
        }

    /** How large letters are. */
    public var typeSize: TypeSize
        get() = typeSizeState
        set(value) {
            typeSizeState = value
            store.write("type_size", value.name)
        }

    /** Whether announcements are read aloud. */
    public var sound: Boolean
        get() = soundState
        set(value) {
            soundState = value
            store.write("sound", if (value) "on" else "off")
        }

    /** Codes as large as the screen allows, for cracked screens and old cameras. */
    public var largeModules: Boolean
        get() = largeModulesState
        set(value) {
            largeModulesState = value
            store.write("large_modules", if (value) "on" else "off")
        }

    /** What customers read on a sale that says nothing else; blank: the app's own words. */
    public var description: String
        get() = descriptionState
        set(value) {
            descriptionState = value
            store.write("description", value)
        }

    /** Amounts rung up by one tap, as people read them: `12.80`. At most [QUICK_AMOUNTS_MAX]. */
    public var quickAmounts: List<String>
        get() = quickAmountsState
        set(value) {
            quickAmountsState = value.distinct().take(QUICK_AMOUNTS_MAX)
            store.write("quick_amounts", quickAmountsState.joinToString(","))
        }

    /** How wide the printer's paper is. */
    public var paper: Paper
        get() = paperState
        set(value) {
            paperState = value
            store.write("paper", value.name)
        }

    /** When the till is quiet and the least amount that it says; open the till with it. */
    public var announcing: Announcing
        get() = announcingState
        set(value) {
            announcingState = value
            store.write("quiet", value.quiet?.run { "$fromMinute-$untilMinute" }.orEmpty())
            store.write("least_said", value.leastMinor.toString())
        }

    /** What does not make sense is as if it was never set: it would keep the till from opening. */
    private fun readAnnouncing(): Announcing {
        val (from, until) =
            store
                .read("quiet")
                .orEmpty()
                .split('-')
                .map(String::toUShortOrNull) + listOf(null, null)
        val quiet =
            if (from != null && until != null && from != until && maxOf(from, until) < DAY_MINUTES) QuietHours(from, until) else null
        return Announcing(quiet, store.read("least_said")?.toLongOrNull()?.takeIf { it in 0..LEAST_MAX } ?: 0)
    }

    private fun readQuickAmounts(): List<String> =
        store
            .read("quick_amounts")
            .orEmpty()
            .split(',')
            .filter(String::isNotEmpty)
            .take(QUICK_AMOUNTS_MAX)

    private inline fun <reified T : Enum<T>> enumOr(
        name: String,
        otherwise: T,
    ): T = enumValues<T>().find { it.name == store.read(name) } ?: otherwise

    public companion object {
        /** Most quick amounts: they fit under one thumb. */
        public const val QUICK_AMOUNTS_MAX: Int = 12

        private val DAY_MINUTES: UShort = 1_440u

        /** More than any payment is. */
        private const val LEAST_MAX = 99_999_999L
    }
}
