// The device's key, and what its records are sealed with, in Android's own key store: made once on this phone, in hardware where
// there is any, and never copied.
package io.saoma.app

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import io.saoma.core.KeyStore
import io.saoma.core.KeyStoreException
import java.security.GeneralSecurityException
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import javax.crypto.KeyGenerator
import javax.crypto.Mac

/**
 * A P-256 key under [alias]. It is made when it is first asked for, unless [existed]: a till that has been used before and whose
 * key is gone must say so, since a new key is another device to the backend.
 */
class HardwareKey(
    private val context: Context,
    private val alias: String = ALIAS,
    private val existed: () -> Boolean,
) : KeyStore {
    private val sealing = "$alias-sealing"

    private val store by lazy {
        java.security.KeyStore
            .getInstance(PROVIDER)
            .apply { load(null) }
    }

    /** Whether the key was found to be lost. */
    @Volatile
    var isLost = false
        private set

    @Volatile
    private var mayMake = false

    override fun publicKey(): ByteArray =
        told {
            if (!store.containsAlias(alias)) {
                if (existed() && !mayMake) throw lost("it is not in this phone's key store any more")
                make()
            }
            // A key that can no longer be used is found here, not by the first sale.
            privateKey()
            checkNotNull(store.getCertificate(alias)) { "the key $alias has no public half" }.publicKey.encoded
        }

    override fun sign(message: ByteArray): ByteArray =
        told {
            Signature.getInstance("SHA256withECDSA").run {
                initSign(privateKey())
                update(message)
                sign()
            }
        }

    /**
     * A second key seals, which never leaves the key store either: what is taken from it is the same for as long as it lives. Where it is
     * missing one is made: a new till has nothing sealed yet, and records of another key are found out when they are opened.
     */
    override fun sealingSecret(): ByteArray =
        told {
            if (!store.containsAlias(sealing)) makeSealing()
            val key = store.getKey(sealing, null) ?: throw lost("what the records are sealed with is gone")
            Mac.getInstance(KeyProperties.KEY_ALGORITHM_HMAC_SHA256).run {
                init(key)
                doFinal(SEALS)
            }
        }

    /** Gives up a key that is lost: the next opening makes another, and the till must be paired again. */
    fun replace() {
        if (isLost) listOf(alias, sealing).filter(::isUseless).forEach(store::deleteEntry)
        mayMake = true
    }

    private fun isUseless(alias: String) = store.containsAlias(alias) && runCatching { store.getKey(alias, null) }.getOrNull() == null

    /** Not in the separate chip, which is slow: it is asked each time the till is opened. */
    private fun makeSealing() {
        val wanted = KeyGenParameterSpec.Builder(sealing, KeyProperties.PURPOSE_SIGN).build()
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_HMAC_SHA256, PROVIDER).run {
            init(wanted)
            generateKey()
        }
    }

    private fun make() {
        isLost = false
        mayMake = false
        val separateChip =
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.P &&
                context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
        try {
            generate(separateChip)
        } catch (_: StrongBoxUnavailableException) {
            // Some phones announce the chip and then have no room in it.
            generate(separateChip = false)
        }
    }

    private fun generate(separateChip: Boolean) {
        val wanted =
            KeyGenParameterSpec
                .Builder(alias, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
        if (separateChip) wanted.setIsStrongBoxBacked(true)
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER).run {
            initialize(wanted.build())
            generateKeyPair()
        }
    }

    private fun privateKey(): PrivateKey =
        store.getKey(alias, null) as PrivateKey? ?: throw lost("it is not in this phone's key store any more")

    /** Says what went wrong in the words that the core knows. Lost is only what surely never comes back. */
    private fun <T> told(work: () -> T): T =
        try {
            work()
        } catch (error: KeyStoreException) {
            throw error
        } catch (error: GeneralSecurityException) {
            throw worded(error)
        } catch (error: RuntimeException) {
            // Keystore daemons report much by unchecked exceptions.
            throw worded(error)
        }

    private fun worded(error: Exception): KeyStoreException =
        when {
            !unlocked() -> KeyStoreException.Locked(error.toString())
            generateSequence<Throwable>(error) { it.cause }.any { it is KeyPermanentlyInvalidatedException } -> lost(error.toString())
            else -> KeyStoreException.Failed(error.toString())
        }

    private fun unlocked() = context.getSystemService(UserManager::class.java)?.isUserUnlocked != false

    private fun lost(detail: String): KeyStoreException {
        isLost = true
        return KeyStoreException.Lost(detail)
    }

    companion object {
        /** The provider's name, and the key's. */
        const val PROVIDER = "AndroidKeyStore"
        const val ALIAS = "saoma-device"

        private val SEALS = "saoma records 1".toByteArray()
    }
}
