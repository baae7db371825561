package io.github.loopthread;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BufferCensus}, which otherwise might count nothing and never say so.
 */
class BufferCensusTests {

	@Test
	void countsBufferUntilItIsReleased() {
		assertThat(BufferCensus.isEmpty()).isTrue();
		ByteBuf buffer = PooledByteBufAllocator.DEFAULT.buffer(8);
		assertThat(BufferCensus.isEmpty()).isFalse();
		buffer.release();
		assertThat(BufferCensus.isEmpty()).isTrue();
	}

	@Test
	void countsBufferOfOtherClientApart() throws Exception {
		long before = BufferCensus.openOfOtherClients();
		ByteBuf buffer = CompletableFuture
			.supplyAsync(() -> PooledByteBufAllocator.DEFAULT.buffer(8),
					(task) -> new Thread(task, BufferCensus.OTHER_CLIENT + "-1").start())
			.get(20, TimeUnit.SECONDS);
		assertThat(BufferCensus.isEmpty()).isTrue();
		assertThat(BufferCensus.openOfOtherClients()).isEqualTo(before + 1);
		buffer.release();
		assertThat(BufferCensus.openOfOtherClients()).isEqualTo(before);
	}

}
