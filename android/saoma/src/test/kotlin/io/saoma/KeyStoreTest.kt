// The device's key, where an app keeps it: as Android's key store gives it, and when that fails.
package io.saoma

import io.saoma.core.KeyStore
import io.saoma.core.KeyStoreException
import io.saoma.core.Language
import io.saoma.core.SaomaException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlin.test.assertTrue

class KeyStoreTest {
    @TempDir
    lateinit var folder: File

    @Test
    fun `a sale is signed by the app's key`() =
        inShop { shop ->
            val store = MemoryKeyStore()
            shop.till(folder, store).use { till -> till.sellAt(shop) }
            assertTrue(folder.list().orEmpty().none { "key" in it }, "no key lies in the folder")
            openTill(folder, store).use { till -> assertEquals(1, till.list().sales.size) }
        }

    @Test
    fun `a locked key store says so, nothing is rung up, and once unlocked it goes on`() =
        inShop { shop ->
            val store = MemoryKeyStore()
            shop.till(folder, store).use { till ->
                store.trouble = KeyStoreException.Locked("not unlocked since the start")
                val error = refused<SaomaException.KeyStore>("key_locked") { till.chargeTea() }
                assertTrue("not unlocked since the start" in error.fault.detail)
                assertTrue(till.list().sales.isEmpty())
                store.trouble = null
                till.sellAt(shop)
            }
        }

    @Test
    fun `a lost key is told when the till is opened`() =
        waiting {
            val store = MemoryKeyStore(KeyStoreException.Lost("restored from a backup"))
            val error = refused<SaomaException.KeyStore>("key_lost") { openTill(folder, store) }
            assertTrue("restored from a backup" in error.fault.detail)
        }

    @Test
    fun `another key than the one that was shown is found out before anything is sent`() =
        inShop { shop ->
            val shown = MemoryKeyStore()
            val swapped =
                object : KeyStore by MemoryKeyStore() {
                    override fun publicKey() = shown.publicKey()
                }
            openTill(folder, swapped).use { till ->
                val error = assertFailsWith<SaomaException> { till.pair(shop.link, "counter 1") }
                assertTrue("not of the key it showed" in error.fault.detail)
                assertNull(till.pairing())
            }
        }

    @Test
    fun `records of a lost key are put aside once a person says so, and the till sells once it is paired anew`() =
        inShop { shop ->
            val sale = shop.till(folder, MemoryKeyStore()).use { till -> till.sellAt(shop) }
            val other = MemoryKeyStore()
            refused<SaomaException.KeyStore>("other_key") { openTill(folder, other) }
            Till.open(folder, Language.ENGLISH, keyStore = other, keyWasLost = true).use { till ->
                till.diagnosisUntil { "cannot be read" in it.salvage.orEmpty() }
                refused<SaomaException.NotNow>("not_found") { till.sale(sale.orderNo) }
                refused<SaomaException.NotNow>("not_paired") { till.chargeTea() }
                till.pair(shop.oneMoreLink(), "counter 1")
                till.sellAt(shop)
            }
            openTill(folder, other).use { till -> assertEquals(1, till.list().sales.size) }
        }

    @Test
    fun `a bug in a key store is an error of the till`() =
        waiting {
            val broken =
                object : KeyStore by MemoryKeyStore() {
                    override fun publicKey(): ByteArray = throw IllegalArgumentException("a bug in the app")
                }
            val error = refused<SaomaException.KeyStore>("key_failed") { openTill(folder, broken) }
            assertTrue("a bug in the app" in error.fault.detail)
        }
}

/** A key in memory, given as Android's key store gives one. */
private class MemoryKeyStore(
    var trouble: KeyStoreException? = null,
) : KeyStore {
    private val key = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
    private val secret = ByteArray(32).also(SecureRandom()::nextBytes)

    override fun sealingSecret(): ByteArray {
        trouble?.let { throw it }
        return secret
    }

    override fun publicKey(): ByteArray {
        trouble?.let { throw it }
        return key.public.encoded
    }

    override fun sign(message: ByteArray): ByteArray {
        trouble?.let { throw it }
        return Signature.getInstance("SHA256withECDSA").run {
            initSign(key.private)
            update(message)
            sign()
        }
    }
}
