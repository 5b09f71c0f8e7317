package io.saoma.app

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.ProviderException
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

/** Stands for Android's key store, which Robolectric has not: the same interface, keys made for the test and held in memory. */
object FakeAndroidKeyStore {
    /** Puts it, empty, where Android's would be. */
    fun install() {
        loseAll()
        Shelf.asked.clear()
        Shelf.hasChip = false
        Shelf.fails = null
        Security.removeProvider(HardwareKey.PROVIDER)
        Security.addProvider(FakeProvider())
    }

    /** Takes it away. */
    fun remove() = Security.removeProvider(HardwareKey.PROVIDER)

    /** What keys were asked to be. */
    val asked: List<KeyGenParameterSpec> get() = Shelf.asked

    /** Whether the separate chip, if it is announced, has room. */
    var chipHasRoom: Boolean by Shelf::hasChip

    /** What every use of a key ends with. */
    var fails: Exception? by Shelf::fails

    /** As when the owner takes the screen lock away, or a restored phone starts. */
    fun loseAll() {
        Shelf.keys.clear()
        Shelf.secrets.clear()
    }
}

private object Shelf {
    val keys = mutableMapOf<String, KeyPair>()
    val secrets = mutableMapOf<String, SecretKey>()
    val asked = mutableListOf<KeyGenParameterSpec>()
    var hasChip = false
    var fails: Exception? = null
}

private class FakeProvider : Provider(HardwareKey.PROVIDER, "1", "for tests") {
    init {
        putService(service("KeyStore", HardwareKey.PROVIDER) { FakeStore() })
        putService(service("KeyPairGenerator", "EC") { FakeGenerator() })
        putService(service("KeyGenerator", KeyProperties.KEY_ALGORITHM_HMAC_SHA256) { FakeSecretGenerator() })
    }

    private fun service(
        type: String,
        algorithm: String,
        make: () -> Any,
    ) = object : Service(this, type, algorithm, FakeProvider::class.java.name, null, null) {
        override fun newInstance(parameter: Any?) = make()
    }
}

private class FakeGenerator : KeyPairGeneratorSpi() {
    private lateinit var wanted: KeyGenParameterSpec

    override fun initialize(
        size: Int,
        random: SecureRandom?,
    ) = throw ProviderException("Android's wants a specification")

    override fun initialize(
        specification: AlgorithmParameterSpec,
        random: SecureRandom?,
    ) {
        wanted = specification as KeyGenParameterSpec
    }

    override fun generateKeyPair(): KeyPair {
        Shelf.asked += wanted
        if (wanted.isStrongBoxBacked && !Shelf.hasChip) throw StrongBoxUnavailableException("no room")
        val pair =
            KeyPairGenerator.getInstance("EC", "BC").run {
                initialize(wanted.algorithmParameterSpec)
                generateKeyPair()
            }
        return pair.also { Shelf.keys[wanted.keystoreAlias] = it }
    }
}

private class FakeSecretGenerator : KeyGeneratorSpi() {
    private lateinit var wanted: KeyGenParameterSpec

    override fun engineInit(random: SecureRandom?) = throw ProviderException("Android's wants a specification")

    override fun engineInit(
        size: Int,
        random: SecureRandom?,
    ) = throw ProviderException("Android's wants a specification")

    override fun engineInit(
        specification: AlgorithmParameterSpec,
        random: SecureRandom?,
    ) {
        wanted = specification as KeyGenParameterSpec
    }

    override fun engineGenerateKey(): SecretKey {
        val secret = ByteArray(32).also(SecureRandom()::nextBytes)
        return SecretKeySpec(secret, KeyProperties.KEY_ALGORITHM_HMAC_SHA256).also { Shelf.secrets[wanted.keystoreAlias] = it }
    }
}

private class FakeStore : KeyStoreSpi() {
    override fun engineLoad(
        stream: InputStream?,
        password: CharArray?,
    ) = Unit

    override fun engineGetKey(
        alias: String,
        password: CharArray?,
    ): Key? {
        Shelf.fails?.let { throw it }
        return Shelf.keys[alias]?.private ?: Shelf.secrets[alias]
    }

    override fun engineGetCertificate(alias: String): Certificate? = Shelf.keys[alias]?.let { Bare(it.public) }

    override fun engineContainsAlias(alias: String) = alias in Shelf.keys || alias in Shelf.secrets

    override fun engineDeleteEntry(alias: String) {
        Shelf.keys -= alias
        Shelf.secrets -= alias
    }

    override fun engineAliases(): Enumeration<String> = Collections.enumeration(Shelf.keys.keys)

    override fun engineSize() = Shelf.keys.size

    override fun engineIsKeyEntry(alias: String) = alias in Shelf.keys

    override fun engineIsCertificateEntry(alias: String) = false

    override fun engineGetCertificateChain(alias: String): Array<Certificate>? = engineGetCertificate(alias)?.let { arrayOf(it) }

    override fun engineGetCertificateAlias(certificate: Certificate): String? = null

    override fun engineGetCreationDate(alias: String): Date? = null

    override fun engineSetKeyEntry(
        alias: String,
        key: Key,
        password: CharArray?,
        chain: Array<Certificate>?,
    ) = throw UnsupportedOperationException()

    override fun engineSetKeyEntry(
        alias: String,
        key: ByteArray,
        chain: Array<Certificate>?,
    ) = throw UnsupportedOperationException()

    override fun engineSetCertificateEntry(
        alias: String,
        certificate: Certificate,
    ) = throw UnsupportedOperationException()

    override fun engineStore(
        stream: OutputStream?,
        password: CharArray?,
    ) = throw UnsupportedOperationException()
}

/** A certificate that says nothing but the key. */
private class Bare(
    private val key: PublicKey,
) : Certificate("bare") {
    override fun getPublicKey() = key

    override fun getEncoded(): ByteArray = key.encoded

    override fun verify(by: PublicKey) = Unit

    override fun verify(
        by: PublicKey,
        provider: String,
    ) = Unit

    override fun toString() = "bare"
}
