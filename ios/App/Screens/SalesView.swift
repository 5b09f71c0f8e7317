// The list of sales.

import SaomaTill
import SwiftUI

/// All sales or those of a kind, newest first, and the search by the end of a number.
struct SalesView: View {
    @Bindable var model: ListModel
    @Environment(\.locale) private var locale

    var body: some View {
        List {
            FaultNote(fault: model.fault)
            ForEach(model.sales, id: \.orderNo) { sale in
                NavigationLink(value: Screen.sale(orderNo: sale.orderNo)) { SaleRow(sale: sale) }
            }
            if model.hasMore {
                ProgressView()
                    .frame(maxWidth: .infinity)
                    .id(model.sales.count)
                    .onAppear { model.more() }
            }
            if let heardAt = model.heardAt {
                Text("sales.heard \(heardAt.formatted(Date.FormatStyle(time: .standard, locale: locale)))")
                    .font(.footnote)
                    .foregroundStyle(.secondary)
            }
        }
        .listStyle(.plain)
        .overlay {
            if !model.loaded {
                ProgressView()
            } else if model.sales.isEmpty, model.fault == nil {
                ContentUnavailableView("sales.none", systemImage: "tray")
            }
        }
        .searchable(
            text: $model.tail, placement: .navigationBarDrawer(displayMode: .always), prompt: "sales.search"
        )
        .textInputAutocapitalization(.characters)
        .autocorrectionDisabled()
        .navigationTitle("screens.sales")
        .navigationBarTitleDisplayMode(.inline)
        .toolbar {
            ToolbarItem(placement: .bottomBar) {
                Picker("sales.filter", selection: $model.filter) {
                    Text("filter.all").tag(ListFilter?.none)
                    ForEach(ListFilter.shown, id: \.self) { filter in
                        Text(filter.name).tag(ListFilter?.some(filter))
                    }
                }
                .pickerStyle(.menu)
            }
        }
        .task { await model.run() }
    }
}

extension ListFilter {
    /// In the order of a sale's life.
    fileprivate static let shown: [ListFilter] = [
        .open, .unanswered, .answered, .paid, .forManager, .refunding, .closed, .void, .alarmed,
    ]

    fileprivate var name: LocalizedStringKey {
        switch self {
        case .open: "filter.open"
        case .unanswered: "filter.unanswered"
        case .answered: "filter.answered"
        case .paid: "filter.paid"
        case .closed: "filter.closed"
        case .void: "filter.void"
        case .alarmed: "filter.alarmed"
        case .forManager: "filter.for_manager"
        case .refunding: "filter.refunding"
        }
    }
}

/// A sale in a list, read as one.
struct SaleRow: View {
    let sale: Sale
    @Environment(\.dynamicTypeSize) private var type
    @Environment(\.locale) private var locale

    var body: some View {
        Group {
            if type.isAccessibilitySize {
                VStack(alignment: .leading) { parts }
            } else {
                HStack(alignment: .firstTextBaseline) { parts }
            }
        }
        .accessibilityElement(children: .combine)
    }

    private var madeAt: String {
        sale.madeAt.formatted(Date.FormatStyle(date: .numeric, time: .shortened, locale: locale))
    }

    @ViewBuilder private var parts: some View {
        Image(systemName: sale.symbol).foregroundStyle(sale.color).accessibilityHidden(true)
        VStack(alignment: .leading) {
            Text(sale.title).font(.headline)
            if let about = sale.businessKey ?? sale.reference ?? sale.note {
                Text(about).lineLimit(2)
            }
            Text("sale.tail_at \(sale.tail) \(madeAt)")
                .font(.footnote)
                .foregroundStyle(.secondary)
        }
        if !type.isAccessibilitySize { Spacer() }
        VStack(alignment: .trailing) {
            Text(verbatim: sale.price).font(.headline).monospacedDigit()
            if !sale.live { Text("sale.test").font(.footnote) }
        }
    }
}
