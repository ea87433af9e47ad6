package dev.meridian.simulator.workload;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Games with players: a score is written if it is higher than the player's own, and the best ten are asked for. */
final class Leaderboard implements Workload {
    private static final int PLAYERS_PER_GAME = 100;
    private static final int BEST = 10;
    private static final String BY_SCORE = "by-score";
    private static final KeyAttribute GAME = new KeyAttribute("game", ScalarType.S);
    private static final KeyAttribute PLAYER = new KeyAttribute("player", ScalarType.S);
    private static final KeyAttribute SCORE = new KeyAttribute("score", ScalarType.N);

    private final WorkloadSpec spec;
    private final int games;

    Leaderboard(WorkloadSpec spec) {
        this.spec = spec;
        this.games = Math.max(1, spec.records() / PLAYERS_PER_GAME);
    }

    @Override
    public TableShape table() {
        return new TableShape(spec.table(), new KeySchema(GAME, PLAYER), BY_SCORE, SCORE);
    }

    @Override
    public Iterator<ItemRequest> preload(RandomGenerator random) {
        return IntStream.range(0, spec.records())
                .<ItemRequest>mapToObj(player -> new ItemRequest.PutItem(
                        spec.table(),
                        Item.of(Map.of(
                                GAME.name(),
                                game(player % games),
                                PLAYER.name(),
                                player(player),
                                SCORE.name(),
                                AttributeValue.N.of(random.nextInt(1_000)),
                                "profile",
                                Payload.text(spec.itemBytes().pick(random), random),
                                WRITE_ID,
                                new AttributeValue.S("preload-" + spec.name())))))
                .iterator();
    }

    private static AttributeValue game(int game) {
        return new AttributeValue.S("game" + game);
    }

    private static AttributeValue player(int player) {
        return new AttributeValue.S("player" + player);
    }

    @Override
    public Clients clients(RegionId region, int place, int places, RandomGenerator random) {
        KeyChooser chooser = new KeyChooser(spec.keys(), spec.records());
        return id -> {
            int player = chooser.pick(random);
            if (random.nextInt(100) < 40) {
                return List.of(best(player % games));
            }
            return List.of(new ItemRequest.UpdateItem(
                    spec.table(),
                    Item.of(Map.of(GAME.name(), game(player % games), PLAYER.name(), player(player))),
                    "SET #score = :score, #writeId = :writeId",
                    "attribute_not_exists(#score) OR #score < :score",
                    Map.of("#score", SCORE.name(), "#writeId", WRITE_ID),
                    Map.of(
                            ":score",
                            AttributeValue.N.of(random.nextInt(1_000_000)),
                            ":writeId",
                            new AttributeValue.S(id))));
        };
    }

    private ItemRequest best(int game) {
        return new ItemRequest.Query(
                spec.table(),
                BY_SCORE,
                "#game = :game",
                Map.of("#game", GAME.name()),
                Map.of(":game", game(game)),
                false,
                BEST);
    }
}
