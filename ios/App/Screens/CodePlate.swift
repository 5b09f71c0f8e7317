// A QR code on its light plate, in the dark too.

import SaomaTill
import SwiftUI

/// Black modules on white, each of the same whole number of pixels, with four modules of margin.
struct CodePlate: View {
    let qr: QrModules
    @Environment(\.displayScale) private var scale

    private static let margin = 4

    var body: some View {
        Canvas(opaque: true, colorMode: .nonLinear, rendersAsynchronously: false) { context, size in
            context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.white))
            let modules = CGFloat(Int(qr.size) + 2 * Self.margin)
            let side = min(size.width, size.height) * scale
            let module = max((side / modules).rounded(.down), 1)
            // On whole pixels too, so that no edge is blurred.
            let left = ((size.width * scale - module * CGFloat(qr.size)) / 2).rounded(.down)
            let top = ((size.height * scale - module * CGFloat(qr.size)) / 2).rounded(.down)
            context.scaleBy(x: 1 / scale, y: 1 / scale)
            context.fill(
                Path { path in
                    for run in darkRuns() {
                        path.addRect(
                            CGRect(
                                x: left + CGFloat(run.column) * module, y: top + CGFloat(run.row) * module,
                                width: CGFloat(run.length) * module, height: module))
                    }
                },
                with: .color(.black), style: FillStyle(antialiased: false))
        }
        .aspectRatio(1, contentMode: .fit)
        .clipShape(.rect(cornerRadius: 8))
        .accessibilityElement()
        .accessibilityLabel("code.plate")
        .accessibilityAddTraits(.isImage)
    }

    /// The dark modules, neighbours in a row as one.
    private func darkRuns() -> [(column: Int, row: Int, length: Int)] {
        let size = Int(qr.size)
        var runs: [(column: Int, row: Int, length: Int)] = []
        for row in 0..<size {
            var column = 0
            while column < size {
                let start = column
                while column < size, qr.isDark(column: column, row: row) { column += 1 }
                if column > start { runs.append((start, row, column - start)) }
                column += 1
            }
        }
        return runs
    }
}
