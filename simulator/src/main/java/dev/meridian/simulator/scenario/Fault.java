package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happens to a cluster at one instant. What a scenario says of several regions or both directions, or of
 * a while, is several of these.
 */
public sealed interface Fault {
    /** For timelines and traces. */
    String describe();

    /** What ends it; null if nothing does. */
    default @Nullable Fault undo() {
        return null;
    }

    /** The region whose folder, or a part of it, is another from now on; null if none is. */
    default @Nullable RegionId replaces() {
        return null;
    }

    /** It is done to one region's process, Kafka, disk or clock. */
    sealed interface OfRegion extends Fault {
        RegionId region();
    }

    /** A mark on the timeline. */
    record Nothing() implements Fault {
        @Override
        public String describe() {
            return "nothing";
        }
    }

    /** The process ends at once, with its embedded Kafka. */
    record RegionKill(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "kill " + region;
        }

        @Override
        public Fault undo() {
            return new RegionStart(region);
        }
    }

    /** The process ends in good order, with its embedded Kafka. */
    record RegionStop(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "stop " + region;
        }

        @Override
        public Fault undo() {
            return new RegionStart(region);
        }
    }

    record RegionStart(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "start " + region;
        }
    }

    /** Nothing gets through; connections hang and are not refused. */
    record LinkCut(RegionPair link) implements Fault {
        @Override
        public String describe() {
            return "cut " + link;
        }

        @Override
        public Fault undo() {
            return new LinkMend(link);
        }
    }

    record LinkMend(RegionPair link) implements Fault {
        @Override
        public String describe() {
            return "mend " + link;
        }
    }

    /** Each way takes longer by this; zero ends it. */
    record LinkSlow(RegionPair link, Duration extra) implements Fault {
        @Override
        public String describe() {
            return extra.isZero() ? link + " at its usual speed" : link + " slower by " + Text.of(extra) + " each way";
        }

        @Override
        public Fault undo() {
            return new LinkSlow(link, Duration.ZERO);
        }
    }

    /** @param loss in place of the link's own; negative gives that back */
    record LinkLossy(RegionPair link, double loss) implements Fault {
        @Override
        public String describe() {
            return loss < 0 ? link + " loses what it usually does" : link + " loses " + Text.percent(loss);
        }

        @Override
        public Fault undo() {
            return new LinkLossy(link, -1);
        }
    }

    /** The region's Kafka ends in good order; the node goes on. */
    record KafkaStop(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "stop Kafka of " + region;
        }

        @Override
        public Fault undo() {
            return new KafkaStart(region);
        }
    }

    record KafkaStart(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "start Kafka of " + region;
        }
    }

    /** The store's disk takes no byte more. */
    record DiskFull(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "disk of " + region + " full";
        }

        @Override
        public Fault undo() {
            return new DiskFreed(region);
        }
    }

    record DiskFreed(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "disk of " + region + " has room";
        }
    }

    /** Each commit of the store takes longer by this; zero ends it. */
    record SlowDisk(RegionId region, Duration extra) implements OfRegion {
        @Override
        public String describe() {
            return "disk of " + region + (extra.isZero() ? " at its usual speed" : " slower by " + Text.of(extra));
        }

        @Override
        public Fault undo() {
            return new SlowDisk(region, Duration.ZERO);
        }
    }

    /** From now on the wall clock is off by this, whatever it was off before; zero sets it right. */
    record ClockOffset(RegionId region, Duration offset) implements OfRegion {
        @Override
        public String describe() {
            return "clock of " + region + (offset.isZero() ? " right" : " off by " + Text.of(offset));
        }

        @Override
        public Fault undo() {
            return new ClockOffset(region, Duration.ZERO);
        }
    }

    /** The wall clock jumps by this, ahead or back. */
    record ClockJump(RegionId region, Duration by) implements OfRegion {
        @Override
        public String describe() {
            return "clock of " + region + " jumps by " + Text.of(by);
        }

        @Override
        public Fault undo() {
            return new ClockOffset(region, Duration.ZERO);
        }
    }

    /** As {@code meridian pause}. */
    record ReplicationPause(RegionPair link) implements Fault {
        @Override
        public String describe() {
            return "pause " + link;
        }

        @Override
        public Fault undo() {
            return new ReplicationResume(link);
        }
    }

    record ReplicationResume(RegionPair link) implements Fault {
        @Override
        public String describe() {
            return "resume " + link;
        }
    }

    /** All that the region's Kafka holds by now is no longer kept, as after a week. */
    record LogExpiry(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "log of " + region + " expires";
        }
    }

    /** An operator keeps a copy of the region's folder, store and Kafka, as of this moment. The region does not notice. */
    record FolderCopied(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "copy of the folder of " + region;
        }
    }

    /** The Kafka of a region that is down has lost everything; its store is kept. */
    record KafkaLost(RegionId region) implements OfRegion {
        @Override
        public String describe() {
            return "Kafka of " + region + " lost";
        }

        @Override
        public RegionId replaces() {
            return region;
        }
    }

    /**
     * A region that is down gets the store that it had a while ago.
     *
     * @param age of the copy
     * @param withKafka whether its Kafka is of that time too
     */
    record FolderRestored(RegionId region, Duration age, boolean withKafka) implements OfRegion {
        @Override
        public String describe() {
            return (withKafka ? "folder of " : "store of ") + region + " restored from " + Text.of(age) + " ago";
        }

        @Override
        public RegionId replaces() {
            return region;
        }
    }

    record ReplicaAdd(String table, RegionId region) implements Fault {
        @Override
        public String describe() {
            return "add a replica of " + table + " in " + region;
        }
    }

    record ReplicaRemove(String table, RegionId region) implements Fault {
        @Override
        public String describe() {
            return "remove the replica of " + table + " in " + region;
        }
    }
}
