//! The command line: what can be asked, with examples.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Saoma: a payment till that fits in a phone.
#[derive(Parser, Debug)]
#[command(
    name = "saoma",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 the sale ended unpaid, 4 its end is not known yet."
)]
pub(crate) struct Saoma {
    /// Print JSON lines for scripts
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be asked.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Play the whole road on this machine: sandbox, backend, till and customer
    Demo(DemoArgs),
    /// Run the merchant backend
    Serve(ServeArgs),
    /// See and change a running backend: people, devices, audit log, certificates
    Admin(AdminArgs),
    /// Run the double of WeChat Pay
    Sandbox(SandboxArgs),
    /// Make a QR code
    Qr(QrArgs),
    /// A till in the terminal, against any backend
    Till(TillArgs),
    /// Check receipts
    Receipt(ReceiptArgs),
    /// Read WeChat Pay's bills
    Bill(BillArgs),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// A protocol of WeChat Pay's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Protocol {
    /// JSON, signed with RSA
    V3,
    /// XML, signed with a shared key
    V2,
}

/// `saoma demo`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  saoma demo
  saoma demo --amount 35.50 --note 'table 4'
  saoma demo --pay --scenario killed
  saoma demo --pay --scenario refund --protocol v2
  saoma demo --serve")]
pub(crate) struct DemoArgs {
    /// The amount in yuan
    #[arg(long, default_value = "12.80")]
    pub(crate) amount: String,
    /// What the cashier notes; it never leaves the merchant
    #[arg(long)]
    pub(crate) note: Option<String>,
    /// Play the customer too (always so without a terminal)
    #[arg(long)]
    pub(crate) pay: bool,
    /// Which story to play; see --list
    #[arg(long, default_value = "plain")]
    pub(crate) scenario: String,
    /// Which of WeChat Pay's protocols the backend speaks
    #[arg(long, value_enum, default_value_t = Protocol::V3)]
    pub(crate) protocol: Protocol,
    /// Name the scenarios
    #[arg(long, conflicts_with_all = ["serve", "pay"])]
    pub(crate) list: bool,
    /// Keep sandbox and backend running for tills outside, and print a pairing link
    #[arg(long, conflicts_with = "scenario")]
    pub(crate) serve: bool,
    /// Where the code's picture goes
    #[arg(long, default_value = "saoma-code.png")]
    pub(crate) png: PathBuf,
    /// Keep everything in this folder instead of a temporary one
    #[arg(long)]
    pub(crate) state: Option<PathBuf>,
    /// End when standard input ends, as a child of another program should
    #[arg(long, hide = true, requires = "serve")]
    pub(crate) until_stdin_ends: bool,
}

/// `saoma serve`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  saoma serve --init > saoma.toml
  saoma serve --config saoma.toml --check
  saoma serve --config saoma.toml --pairing main
  saoma serve --config saoma.toml")]
pub(crate) struct ServeArgs {
    /// The configuration file
    #[arg(long, required_unless_present = "init")]
    pub(crate) config: Option<PathBuf>,
    /// Say what is wrong with the configuration, by field, and end
    #[arg(long, conflicts_with_all = ["init", "pairing", "revoke"])]
    pub(crate) check: bool,
    /// Print a commented configuration file, and end
    #[arg(long, conflicts_with_all = ["config", "pairing", "revoke"])]
    pub(crate) init: bool,
    /// Print a pairing link for this store (MERCHANT/STORE where there are several merchants) once the backend listens
    #[arg(long, value_name = "STORE", conflicts_with = "revoke")]
    pub(crate) pairing: Option<String>,
    /// The role of the device that the link pairs
    #[arg(long, value_enum, default_value_t = Role::Manager, requires = "pairing")]
    pub(crate) role: Role,
    /// Revoke a device, also while the backend runs, and end
    #[arg(long, value_name = "DEVICE")]
    pub(crate) revoke: Option<String>,
    /// End when standard input ends, as a child of another program should
    #[arg(long, hide = true)]
    pub(crate) until_stdin_ends: bool,
}

/// A device's or a person's role.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Role {
    /// Gives and takes every role
    Owner,
    /// Sees every store, pairs devices, decides refunds
    Manager,
    /// Rings up and sees its own store
    Cashier,
    /// Rings up, no more
    Courier,
}

/// `saoma admin`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  saoma admin --config saoma.toml people add li --name 'Li Lei' --role cashier
  saoma admin --config saoma.toml devices revoke d-0a1b --reason 'lost on the bus'
  saoma admin --config saoma.toml audit --verify
  saoma admin --config saoma.toml certificates --reload")]
pub(crate) struct AdminArgs {
    /// The configuration file of the backend that runs
    #[arg(long, global = true, default_value = "saoma.toml")]
    pub(crate) config: PathBuf,
    /// Whose; may be left out where there is one merchant
    #[arg(long, global = true)]
    pub(crate) merchant: Option<String>,
    #[command(subcommand)]
    pub(crate) command: AdminCommand,
}

/// What can be seen and changed.
#[derive(Subcommand, Debug)]
pub(crate) enum AdminCommand {
    /// Merchants and their stores
    Merchants,
    /// People: list, or add and change them
    People {
        #[command(subcommand)]
        command: Option<PeopleCommand>,
    },
    /// Devices: list, or revoke and rename them
    Devices {
        #[command(subcommand)]
        command: Option<DevicesCommand>,
    },
    /// Make a pairing link for one more device
    Pairing {
        /// The store it will belong to
        store: String,
        /// The most that people on it may do
        #[arg(long, value_enum, default_value_t = Role::Cashier)]
        role: Role,
        /// How long the link holds, in seconds
        #[arg(long, default_value_t = 3600)]
        life: u32,
    },
    /// Who is signed in where; with --end, sign out
    Sessions {
        /// End them: of a device, of a person, or all
        #[arg(long)]
        end: bool,
        /// Only on this device
        #[arg(long, requires = "end")]
        device: Option<String>,
        /// Only of this person
        #[arg(long, requires = "end")]
        person: Option<String>,
    },
    /// The audit log
    Audit {
        /// Whether its chain is whole
        #[arg(long, conflicts_with_all = ["after", "limit"])]
        verify: bool,
        /// Go on after this line
        #[arg(long, default_value_t = 0)]
        after: u64,
        /// Most lines
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// The rules that guard the merchant's money
    Rules,
    /// Ask for a day's bill now, and hold it against the books
    Bill {
        /// The day, such as 2026-08-01
        date: String,
    },
    /// Have an abnormal refund paid to the merchant's own bank account, to give the customer the money in another way (API v3)
    RefundToMerchant {
        /// The refund's number
        refund: String,
    },
    /// The certificates in use, and until when
    Certificates {
        /// Read keys and certificates anew first, as SIGHUP does
        #[arg(long)]
        reload: bool,
    },
}

/// What can be done to people.
#[derive(Subcommand, Debug)]
pub(crate) enum PeopleCommand {
    /// Add a person; its PIN is drawn and printed once, or read
    Add {
        /// Its id: a-z, 0-9, '-' and '_'
        person: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// Its role
        #[arg(long, value_enum)]
        role: Role,
        /// The one store it works at; all stores without it
        #[arg(long)]
        store: Option<String>,
        /// Read the PIN from standard input instead of drawing one
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Give a person another name
    Rename {
        /// Its id
        person: String,
        /// What people call it from now on
        name: String,
    },
    /// Give a person another role or store; ends its sessions
    Role {
        /// Its id
        person: String,
        /// Its role from now on
        #[arg(value_enum)]
        role: Role,
        /// The one store it works at from now on
        #[arg(long, conflicts_with = "all_stores")]
        store: Option<String>,
        /// It works at all stores from now on
        #[arg(long)]
        all_stores: bool,
    },
    /// Give a person a new PIN, drawn and printed once, or read; ends its sessions and its wait after wrong ones
    Pin {
        /// Its id
        person: String,
        /// Read the PIN from standard input instead of drawing one
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Remove a person for ever; its id is not given again
    Remove {
        /// Its id
        person: String,
    },
}

/// What can be done to devices.
#[derive(Subcommand, Debug)]
pub(crate) enum DevicesCommand {
    /// Revoke a device; its streams end within a second
    Revoke {
        /// Its id
        device: String,
        /// Why, for the audit log
        #[arg(long)]
        reason: Option<String>,
    },
    /// Give a device another name
    Rename {
        /// Its id
        device: String,
        /// What people call it from now on
        name: String,
    },
}

/// `saoma sandbox`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  saoma sandbox --listen 127.0.0.1:0 --state ./sandbox")]
pub(crate) struct SandboxArgs {
    /// Where to listen; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Where keys and orders are kept; made if absent
    #[arg(long)]
    pub(crate) state: PathBuf,
    /// Business time: the real clock, or one that stands still until it is moved
    #[arg(long, value_enum, default_value_t = SandboxClock::Real)]
    pub(crate) clock: SandboxClock,
    /// Draw numbers from this seed instead of the system's randomness (keys never)
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Listen elsewhere than on loopback
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// End when standard input ends, as a child of another program should
    #[arg(long, hide = true)]
    pub(crate) until_stdin_ends: bool,
}

/// The sandbox's business time.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SandboxClock {
    /// As the system's
    Real,
    /// Stands still until `/_sandbox/clock` moves it
    Manual,
}

/// `saoma qr`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  saoma qr 'weixin://wxpay/bizpayurl?pr=Ab12Cd3'
  saoma qr 'hello' --out code.png --side 512
  saoma qr 'hello' --out code.svg --level H --dark '#1a2b3c'")]
pub(crate) struct QrArgs {
    /// The text
    pub(crate) text: String,
    /// Write a .png or .svg file instead of drawing here
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Error correction: L, M, Q or H
    #[arg(long, default_value = "M")]
    pub(crate) level: String,
    /// Light margin, in modules
    #[arg(long, default_value_t = 4)]
    pub(crate) quiet_zone: u32,
    /// Pixels a side of the whole picture
    #[arg(long)]
    pub(crate) side: Option<u32>,
    /// Colour of the dark modules
    #[arg(long, default_value = "#000000")]
    pub(crate) dark: String,
    /// Colour of the light modules
    #[arg(long, default_value = "#ffffff")]
    pub(crate) light: String,
}

/// `saoma till`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  saoma till pair 'saoma://pair?…'
  saoma till charge 12.80 --description 'Green tea'
  saoma till list
  saoma till watch")]
pub(crate) struct TillArgs {
    /// Where the till keeps its journal and key
    #[arg(long, global = true, default_value = "saoma-till")]
    pub(crate) state: PathBuf,
    /// The device's key was lost: put aside what it sealed, go on with the one that is there now, and pair again
    #[arg(long, global = true)]
    pub(crate) key_was_lost: bool,
    #[command(subcommand)]
    pub(crate) command: TillCommand,
}

/// What a till can do.
#[derive(Subcommand, Debug)]
pub(crate) enum TillCommand {
    /// Pair with a merchant's backend by its link
    Pair {
        /// The link, as text
        link: String,
        /// What people call this till
        #[arg(long, default_value = "terminal till")]
        name: String,
    },
    /// Ring up an amount, show its code, and wait until it is paid. Type `cancel`, `refresh`, `check`, `cash` or a payment code meanwhile
    Charge {
        /// The amount in yuan
        amount: String,
        /// What the customer reads
        #[arg(long, default_value = "Saoma")]
        description: String,
        /// What the cashier notes
        #[arg(long)]
        note: Option<String>,
        /// What it is about: a waybill, an item
        #[arg(long)]
        reference: Option<String>,
        /// What may be open only once: a waybill, a table
        #[arg(long)]
        business_key: Option<String>,
        /// How long a code lives, in seconds
        #[arg(long)]
        life: Option<u32>,
        /// Also write the code as PNG
        #[arg(long)]
        png: Option<PathBuf>,
        /// Paid in cash on the spot: no code is made
        #[arg(long, conflicts_with = "scan")]
        cash: bool,
        /// Charge the customer's payment code, read as a line from standard input
        #[arg(long)]
        scan: bool,
    },
    /// Note that a sale was paid in cash
    Cash {
        /// The sale's number, or its end
        order: String,
    },
    /// Give money back; repeat with --refund to bring the same refund again
    Refund {
        /// The sale's number, or its end
        order: String,
        /// The amount; all that is left if absent
        #[arg(long)]
        amount: Option<String>,
        /// Why; the customer reads it
        #[arg(long)]
        reason: String,
        /// The payment's number, when there are several; money that does not match has one too
        #[arg(long)]
        transaction: Option<String>,
        /// The refund's number, of an earlier try
        #[arg(long)]
        refund: Option<String>,
    },
    /// Say yes or no, as a manager, to a refund that waits
    Approve {
        /// The sale's number, or its end
        order: String,
        /// The refund's number
        refund: String,
        /// No, and why; without this it is yes
        #[arg(long, value_name = "REASON")]
        decline: Option<String>,
    },
    /// Keep late money, as a manager
    Accept {
        /// The sale's number, or its end
        order: String,
        /// The payment's number
        transaction: String,
    },
    /// Who may sign in on this till
    People,
    /// Sign in; the PIN is read as a line from standard input
    SignIn {
        /// Who, by id
        person: String,
    },
    /// Sign out
    SignOut,
    /// Open, close and read shifts
    Shift {
        #[command(subcommand)]
        command: ShiftCommand,
    },
    /// Print a table for spreadsheets (CSV)
    Export {
        #[command(subcommand)]
        command: ExportCommand,
    },
    /// Print a paid sale's paper slip
    Slip {
        /// The sale's number, or its end
        order: String,
        #[command(flatten)]
        print: PrintArgs,
    },
    /// List sales, newest first
    List {
        /// Only the sales whose number ends so
        #[arg(long)]
        tail: Option<String>,
        /// Only sales of this kind
        #[arg(long, value_enum)]
        filter: Option<SalesOf>,
        /// Most lines
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Follow sales until none may still be paid, or one sale until its end (`cancel`, `refresh`, `check` act on it)
    Watch {
        /// The sale's number, or its end
        order: Option<String>,
        /// Also write the code as PNG
        #[arg(long)]
        png: Option<PathBuf>,
    },
    /// Decide about a draft that has waited too long: send it, or drop it with a reason
    Decide {
        /// The sale's number, or its end
        order: String,
        /// Drop it, and why; without this it is sent
        #[arg(long, value_name = "REASON")]
        drop: Option<String>,
    },
    /// A day's totals, as this till knows them
    Day {
        /// The day, such as 2026-08-01; today if left out
        date: Option<String>,
        /// The whole merchant's instead, as the backend knows them, and how they agree with the bill
        #[arg(long)]
        backend: bool,
    },
    /// Settle, as a manager, a difference between the books and the bill
    Settle {
        /// The day, such as 2026-08-01
        date: String,
        /// The finding's id, as `day --backend` shows it
        finding: String,
        /// Why it is as it is
        #[arg(long)]
        reason: String,
    },
    /// Print a sale's receipt, for `saoma receipt verify`
    Receipt {
        /// The sale's number, or its end
        order: String,
    },
    /// How this till is doing
    Diagnosis,
}

/// Which sales are listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SalesOf {
    /// Not at a proven end: still to be collected
    Open,
    /// Not answered by the backend yet
    Unanswered,
    /// May still be paid
    Answered,
    /// Paid
    Paid,
    /// Closed, proven
    Closed,
    /// No code was ever shown
    Void,
    /// Late money, money that does not match, refunds that failed
    Alarmed,
    /// A refund or late money waits for a manager
    ForManager,
    /// A refund is under way
    Refunding,
}

/// What can be done with shifts.
#[derive(Subcommand, Debug)]
pub(crate) enum ShiftCommand {
    /// Open one
    Open {
        /// Cash in the drawer, in yuan
        #[arg(long)]
        float: Option<String>,
    },
    /// Close the open one: its summary is sealed
    Close {
        /// Cash counted, in yuan
        #[arg(long)]
        counted: Option<String>,
    },
    /// The last shifts, newest first
    List {
        /// Most shifts
        #[arg(long, default_value_t = 10)]
        limit: u32,
    },
    /// Print a shift's paper slip
    Slip {
        /// Its number
        no: u32,
        #[command(flatten)]
        print: PrintArgs,
    },
}

/// Which table.
#[derive(Subcommand, Debug)]
pub(crate) enum ExportCommand {
    /// The sales of a day
    Sales {
        /// The day, such as 2026-08-01; today if left out
        date: Option<String>,
        /// In English
        #[arg(long)]
        english: bool,
    },
    /// Days, a line each
    Days {
        /// The first day, such as 2026-08-01
        from: String,
        /// The last day
        until: String,
        /// In English
        #[arg(long)]
        english: bool,
    },
}

/// How a slip is printed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct PrintArgs {
    /// For paper of 80 mm instead of 58
    #[arg(long)]
    pub(crate) wide: bool,
    /// In English
    #[arg(long)]
    pub(crate) english: bool,
}

/// `saoma receipt`.
#[derive(Args, Debug)]
pub(crate) struct ReceiptArgs {
    #[command(subcommand)]
    pub(crate) command: ReceiptCommand,
}

/// What can be done with receipts.
#[derive(Subcommand, Debug)]
pub(crate) enum ReceiptCommand {
    /// Check a receipt offline: who was paid, how much, as of when
    #[command(after_help = "Example:
  saoma till receipt K3QX9A | saoma receipt verify - --root Bgb…")]
    Verify {
        /// The receipt's file, or - for standard input
        file: PathBuf,
        /// The fingerprint of the merchant's root key, from its pairing link (`r=`)
        #[arg(long)]
        root: String,
        /// Accept a test account's receipt, which stands for no money
        #[arg(long)]
        test: bool,
    },
}

/// `saoma bill`.
#[derive(Args, Debug)]
pub(crate) struct BillArgs {
    #[command(subcommand)]
    pub(crate) command: BillCommand,
}

/// What can be done with bills.
#[derive(Subcommand, Debug)]
pub(crate) enum BillCommand {
    /// Show what a bill comes to, its biggest rows, and whether it is whole
    #[command(after_help = "Examples:
  saoma bill show 1688001234All2026-08-01.csv
  saoma bill show bill.csv.gz --csv > bill-for-a-spreadsheet.csv")]
    Show {
        /// The bill's file, plain or gzip, or - for standard input
        file: PathBuf,
        /// Print the rows as CSV for spreadsheets instead
        #[arg(long)]
        csv: bool,
        /// How many of the biggest rows to show
        #[arg(long, default_value_t = 10, value_parser = rows_max)]
        biggest: usize,
    },
    /// Hold a bill against a backend's ledger, which may be running; nothing is changed
    #[command(after_help = "Examples:
  saoma bill check bill.csv.gz --db state/ledger.sqlite
  saoma bill check bill.csv --db state/ledger.sqlite --rate 0.60% --csv > differs.csv
  saoma bill check 08-01.csv --db state --beside 07-31.csv --beside 08-02.csv --funds 08-01-funds.csv")]
    Check {
        /// The bill's file (ALL), plain or gzip
        file: PathBuf,
        /// The backend's ledger.sqlite, or the folder it is in
        #[arg(long, value_name = "LEDGER")]
        db: PathBuf,
        /// The bill (ALL) of the day before or after: what lies within minutes of midnight is looked for there too
        #[arg(long, value_name = "FILE")]
        beside: Vec<PathBuf>,
        /// The day's fund flow bill: what the account moved is held against what the bill comes to
        #[arg(long, value_name = "FILE")]
        funds: Option<PathBuf>,
        /// Whose bill it is, where the ledger has several merchants
        #[arg(long)]
        merchant: Option<String>,
        /// The bill's day, such as 2026-08-01; the day of its first row if left out
        #[arg(long)]
        date: Option<String>,
        /// The rate agreed on, such as 0.60%; each row's own if left out
        #[arg(long)]
        rate: Option<String>,
        /// Print what differs as CSV for spreadsheets
        #[arg(long)]
        csv: bool,
    },
}

fn rows_max(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(rows @ 0..=1000) => Ok(rows),
        _ => Err("must be a number up to 1000".to_owned()),
    }
}
