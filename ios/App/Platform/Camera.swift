// The camera, as far as a till needs it: a picture, and the codes in it.

import AVFoundation
import SaomaTill
import os

/// What the camera tells.
enum Sighting: Equatable, Sendable {
    /// There is no picture.
    case unavailable(NoCamera)
    /// A code's text.
    case read(String)
}

/// One use of the camera. Its session is only touched on a queue of its own, since starting a camera takes a while; the picture's
/// layer alone knows it besides.
final class Camera: NSObject, @unchecked Sendable {
    /// For the layer that shows the picture.
    let session = AVCaptureSession()
    /// What it tells.
    let sightings: AsyncStream<Sighting>

    private let wanted: Wanted
    private let told: AsyncStream<Sighting>.Continuation
    private let queue = DispatchQueue(label: "io.saoma.till.camera")
    private let last = OSAllocatedUnfairLock<String?>(initialState: nil)

    init(_ wanted: Wanted) {
        self.wanted = wanted
        (sightings, told) = AsyncStream.makeStream(of: Sighting.self)
    }

    /// Looks until the task is cancelled. Asks for the permission if it was never asked for.
    func look() async {
        guard await isAllowed() else { return unavailable(.denied) }
        async let interruptions: Void = unavailable(on: AVCaptureSession.wasInterruptedNotification)
        async let failures: Void = unavailable(on: AVCaptureSession.runtimeErrorNotification)
        queue.async { self.open() }
        _ = await (interruptions, failures)
        queue.async { self.session.stopRunning() }
    }

    /// Whether there is a lamp, for a waybill at a dark door.
    static var hasLamp: Bool {
        AVCaptureDevice.default(for: .video)?.hasTorch == true
    }

    /// Turns the lamp on or off, while it looks. Looking no more turns it off.
    func light(_ on: Bool) {
        queue.async {
            guard let device = AVCaptureDevice.default(for: .video), device.hasTorch else { return }
            // Refused while the phone is too hot or another app has the camera: then it stays dark.
            guard (try? device.lockForConfiguration()) != nil else { return }
            device.torchMode = on ? .on : .off
            device.unlockForConfiguration()
        }
    }

    private func isAllowed() async -> Bool {
        switch AVCaptureDevice.authorizationStatus(for: .video) {
        case .authorized: true
        case .notDetermined: await AVCaptureDevice.requestAccess(for: .video)
        case .denied, .restricted: false
        @unknown default: false
        }
    }

    private func open() {
        guard let device = AVCaptureDevice.default(for: .video) else { return unavailable(.absent) }
        guard let input = try? AVCaptureDeviceInput(device: device) else { return unavailable(.busy) }
        let output = AVCaptureMetadataOutput()
        guard session.canAddInput(input), session.canAddOutput(output) else { return unavailable(.busy) }
        session.beginConfiguration()
        session.addInput(input)
        session.addOutput(output)
        output.setMetadataObjectsDelegate(self, queue: queue)
        output.metadataObjectTypes = wanted.types.filter(output.availableMetadataObjectTypes.contains)
        session.commitConfiguration()
        session.startRunning()
        if !session.isRunning { unavailable(.busy) }
    }

    private func unavailable(_ why: NoCamera) {
        told.yield(.unavailable(why))
    }

    private func unavailable(on name: Notification.Name) async {
        for await _ in NotificationCenter.default.notifications(named: name) {
            unavailable(.busy)
        }
    }
}

extension Camera: AVCaptureMetadataOutputObjectsDelegate {
    func metadataOutput(
        _ output: AVCaptureMetadataOutput, didOutput metadataObjects: [AVMetadataObject],
        from connection: AVCaptureConnection
    ) {
        let codes = metadataObjects.compactMap { ($0 as? AVMetadataMachineReadableCodeObject)?.stringValue }
        guard let text = codes.first(where: { !$0.isEmpty }) else { return }
        // The same text once, however long it stays in the picture.
        let isNew = last.withLock { last in
            defer { last = text }
            return last != text
        }
        if isNew { told.yield(.read(text)) }
    }
}

extension Wanted {
    /// What couriers and shops print.
    fileprivate var types: [AVMetadataObject.ObjectType] {
        switch self {
        case .pairingLink: [.qr]
        case .paymentCode: [.qr, .code128]
        case .reference: [.code128, .code39, .code93, .ean13, .ean8, .itf14, .interleaved2of5, .qr, .dataMatrix]
        }
    }
}
