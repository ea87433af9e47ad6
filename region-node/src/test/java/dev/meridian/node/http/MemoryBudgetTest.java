package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private final MemoryBudget budget = new MemoryBudget(() -> 100);

    private CompletableFuture<Void> hold(long bytes) {
        return budget.hold(bytes).toCompletableFuture();
    }

    @Test
    void whoeverFindsNoRoomWaitsInLine() {
        assertThat(hold(60)).isCompleted();
        CompletableFuture<Void> large = hold(50);
        CompletableFuture<Void> small = hold(10);
        assertThat(large).isNotDone();
        assertThat(small).as("behind the large one").isNotDone();
        budget.giveBack(60);
        assertThat(large).isCompleted();
        assertThat(small).isCompleted();
        assertThat(budget.held()).isEqualTo(60);
    }

    @Test
    void moreThanTheLimitIsHeldAlone() {
        assertThat(hold(200)).isCompleted();
        CompletableFuture<Void> next = hold(1);
        assertThat(next).isNotDone();
        budget.giveBack(200);
        assertThat(next).isCompleted();
    }

    @Test
    void whoeverLeavesTheLineLetsThoseBehindIn() {
        assertThat(hold(60)).isCompleted();
        CompletableFuture<Void> large = hold(50);
        CompletableFuture<Void> small = hold(10);
        CompletableFuture<Void> other = hold(40);
        assertThat(budget.giveUp(large)).isTrue();
        assertThat(large).isCompletedExceptionally();
        assertThat(small).isCompleted();
        assertThat(other).isNotDone();
        assertThat(budget.held()).isEqualTo(70);
        assertThat(budget.giveUp(small)).as("it has its room").isFalse();
    }

    @Test
    void whatWasParsedIsLetGoWhenTheAnswerIsMade() {
        MemoryBudget small = new MemoryBudget(() -> 100);
        RequestMemory memory = new RequestMemory(new BodyBudget(100), small, budget);
        RequestMemory.Share share = memory.share();
        hold(90);
        share.holds(budget, 90);
        small.hold(7);
        share.holds(small, 7);
        share.answered(2);
        assertThat(budget.held()).isZero();
        assertThat(small.held()).isZero();
        share.giveBack();
        assertThat(budget.held()).isZero();
        assertThat(small.held()).isZero();
    }

    @Test
    void aLargeAnswerIsHeldUntilItIsSent() {
        RequestMemory memory = new RequestMemory(new BodyBudget(100), new MemoryBudget(() -> 100), budget);
        RequestMemory.Share share = memory.share();
        hold(90);
        share.holds(budget, 90);
        share.answered(1 << 20);
        assertThat(budget.held()).isEqualTo(1 << 20);
        share.giveBack();
        assertThat(budget.held()).isZero();
    }
}
