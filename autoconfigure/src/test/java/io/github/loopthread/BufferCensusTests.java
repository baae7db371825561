package io.github.loopthread;

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

}
