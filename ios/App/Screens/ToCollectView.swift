// The courier's list.

import SaomaTill
import SwiftUI

/// What is still to be collected, how much it comes to, and the search for one at a door.
struct ToCollectView: View {
    @Bindable var model: ToCollectModel

    var body: some View {
        List {
            Section {
                FaultNote(fault: model.fault)
                ForEach(model.sales, id: \.orderNo) { sale in
                    NavigationLink(value: Screen.code(orderNo: sale.orderNo)) { SaleRow(sale: sale) }
                }
            } header: {
                HStack {
                    Text("collect.count \(model.count, specifier: "%lld")")
                    Spacer()
                    Text(model.sum ?? "").monospacedDigit()
                }
                .font(.headline)
            }
        }
        .listStyle(.plain)
        .overlay {
            if !model.loaded {
                ProgressView()
            } else if model.sales.isEmpty, model.fault == nil {
                ContentUnavailableView("collect.none", systemImage: "checkmark.circle")
            }
        }
        .searchable(
            text: $model.search, placement: .navigationBarDrawer(displayMode: .always), prompt: "collect.search"
        )
        .autocorrectionDisabled()
        .navigationTitle("screens.to_collect")
        .navigationBarTitleDisplayMode(.inline)
        .task { await model.run() }
    }
}
