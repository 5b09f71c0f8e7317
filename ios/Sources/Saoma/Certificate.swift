// The one thing that a pinned key needs of a certificate.

import Foundation

/// The SubjectPublicKeyInfo of an X.509 certificate (RFC 5280, section 4.1), both in DER. None if it is no such thing.
func subjectPublicKeyInfo(ofCertificate certificate: Data) -> Data? {
    var outside = DER(rest: certificate)
    guard var whole = outside.enter(.sequence), var signed = whole.enter(.sequence) else { return nil }
    _ = signed.next(.version)
    // Serial number, signature, issuer, validity, subject.
    guard signed.next(.integer) != nil else { return nil }
    for _ in 0..<4 {
        guard signed.next(.sequence) != nil else { return nil }
    }
    return signed.next(.sequence)
}

/// Reads values in DER (X.690), one after the other.
private struct DER {
    enum Tag: UInt8 {
        case integer = 0x02
        case sequence = 0x30
        case version = 0xA0
    }

    var rest: Data

    /// The next value with its tag and length, if it is of this kind.
    mutating func next(_ tag: Tag) -> Data? {
        guard let (head, length) = measure(tag) else { return nil }
        defer { rest = rest.dropFirst(head + length) }
        return Data(rest.prefix(head + length))
    }

    /// What is inside the next value, if it is of this kind.
    mutating func enter(_ tag: Tag) -> DER? {
        guard let (head, _) = measure(tag), let value = next(tag) else { return nil }
        return DER(rest: value.dropFirst(head))
    }

    /// How long the next value's tag and length are, and the value itself.
    private func measure(_ tag: Tag) -> (head: Int, length: Int)? {
        var bytes = rest.makeIterator()
        guard bytes.next() == tag.rawValue, let first = bytes.next() else { return nil }
        var (head, length) = (2, Int(first))
        if first >= 0x80 {
            let more = Int(first & 0x7F)
            guard 1...3 ~= more else { return nil }
            length = 0
            for _ in 0..<more {
                guard let byte = bytes.next() else { return nil }
                length = length << 8 | Int(byte)
            }
            head += more
        }
        return rest.count >= head + length ? (head, length) : nil
    }
}
