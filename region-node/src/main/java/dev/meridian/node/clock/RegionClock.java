package dev.meridian.node.clock;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.node.clock.ClockWatch.PeerClock;
import dev.meridian.node.control.ClockHeal;
import dev.meridian.replicator.Replicator;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** All that a running region does about its clock: who watches it, what is refused, and what is shown of it. */
public final class RegionClock {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Heartbeats come five times a second. */
    private static final long FRESH_MILLIS = Duration.ofSeconds(5).toMillis();

    private final RegionId region;
    private final GuardedClock clock;
    private final Supplier<HybridTimestamp> committedThrough;
    private final ClockHeal heal;
    private final ClockWatch watch;

    /**
     * @param committedThrough the clock of the region's last version
     * @param heal makes versions anew that are ahead of the clock
     */
    public RegionClock(
            RegionId region,
            GuardedClock clock,
            List<Replicator> peers,
            Supplier<HybridTimestamp> committedThrough,
            ClockHeal heal) {
        this.region = region;
        this.clock = clock;
        this.committedThrough = committedThrough;
        this.heal = heal;
        this.watch = new ClockWatch(
                region,
                clock,
                () -> peers.stream()
                        .map(peer -> new PeerClock(peer.origin(), peer.skew(), peer.silentMillis() < FRESH_MILLIS))
                        .toList(),
                heal::writesRefused);
    }

    /** To be turned by a thread of its own. */
    public Duty watch() {
        return watch;
    }

    public Optional<String> refusal() {
        return watch.refusal();
    }

    public void accept() {
        watch.accept();
    }

    /**
     * Makes the versions anew that are ahead of the clock, in the background.
     *
     * @throws IllegalArgumentException if it cannot be done now; the message says why
     */
    public void heal() {
        watch.trouble().ifPresent(trouble -> {
            throw new IllegalArgumentException(trouble + ": set it right, or accept it, first");
        });
        heal.request();
    }

    /** How far the last version is ahead of the clock, milliseconds; 0 if it is not. */
    public long versionsAheadMillis() {
        return Math.max(0, committedThrough.get().millis() - clock.millis());
    }

    /** What needs a person. */
    public List<String> alarms() {
        Optional<String> trouble = watch.trouble();
        if (trouble.isPresent()) {
            // How far versions are ahead counts, and can be healed, only once the clock is right.
            return List.of("CLOCK_JUMPED: " + trouble.get());
        }
        long ahead = versionsAheadMillis();
        if (ahead <= GuardedClock.STEP_MILLIS_MAX) {
            return List.of();
        }
        return List.of(
                "CLOCK_RAN_AWAY: versions of " + region + " are " + ahead / 1_000 + " s ahead of its clock: other"
                        + " regions see its writes that much later, unless ./meridian clock heal --region " + region);
    }

    /** As {@code /-/clock} shows it. */
    public String json() {
        ObjectNode json = JSON.createObjectNode();
        GuardedClock.Reason reason = clock.reason();
        json.put("region", region.value())
                .put("state", reason == null ? "FOLLOWED" : reason.name())
                .put("wall", clock.wall().instant().toString())
                .put("clock", clock.instant().toString())
                .put("healing", heal.isHealing())
                .put("heldMillis", clock.heldMillis())
                .put("versionsAheadMillis", versionsAheadMillis());
        refusal().ifPresent(why -> json.put("refused", why));
        alarms().forEach(alarm -> json.withArrayProperty("alarms").add(alarm));
        return json.toPrettyString();
    }
}
