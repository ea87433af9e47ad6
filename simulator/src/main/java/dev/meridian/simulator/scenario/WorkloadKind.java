package dev.meridian.simulator.scenario;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What clients do. The names in scenarios are these in lower case with hyphens. */
public enum WorkloadKind {
    /** Half reads, half updates. */
    YCSB_A("half reads, half updates of one field"),
    /** 95 % reads, 5 % updates. */
    YCSB_B("95 % reads, 5 % updates of one field"),
    /** Reads only. */
    YCSB_C("reads only"),
    /** 95 % reads of what was inserted lately, 5 % inserts. */
    YCSB_D("95 % reads of the latest, 5 % inserts"),
    /** 95 % short ranges, 5 % inserts. */
    YCSB_E("95 % queries of short ranges, 5 % inserts"),
    /** Half reads, half reads followed by an update. */
    YCSB_F("half reads, half read-modify-writes"),
    /** Sessions are begun, read and touched by every request, and end. */
    SESSION_STORE("sessions are begun, read, touched and ended"),
    /** Scores that only rise, and the best ten. */
    LEADERBOARD("scores that only rise, and the best ten of a game"),
    /** Carts that are put into, looked at, taken from and checked out. */
    SHOPPING_CART("carts are filled, looked at, taken from, checked out"),
    /** Transfers between two accounts, in transactions, and looks at a balance. */
    BANK("transfers between two accounts in one transaction, and looks at balances");

    private final String does;

    WorkloadKind(String does) {
        this.does = does;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** One line for people. */
    public String does() {
        return does;
    }

    public static Optional<WorkloadKind> of(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.label().equals(label))
                .findFirst();
    }
}
