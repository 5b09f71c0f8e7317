// Settings in a file of properties.
package io.saoma.till.desktop

import io.saoma.till.SettingsStore
import java.io.File
import java.nio.file.Files
import java.nio.file.StandardCopyOption
import java.util.Properties

/** Reads [file] once, and writes it whole at each change, so that it is never half-written. */
public class FileSettings(
    private val file: File,
) : SettingsStore {
    private val all =
        Properties().apply {
            if (file.exists()) file.reader().use(::load)
        }

    override fun read(name: String): String? = all.getProperty(name)

    override fun write(
        name: String,
        value: String,
    ) {
        all.setProperty(name, value)
        val next = File(file.path + ".next")
        file.absoluteFile.parentFile.mkdirs()
        next.writer().use { all.store(it, null) }
        Files.move(next.toPath(), file.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
    }
}
