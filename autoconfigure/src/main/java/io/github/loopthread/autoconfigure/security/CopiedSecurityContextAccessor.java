package io.github.loopthread.autoconfigure.security;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderThreadLocalAccessor;

/**
 * Takes a copy of the caller's security context along. Spring Security's own accessor
 * takes the context itself, which a task could change for its caller, and its caller, by
 * logging out, for the task.
 */
final class CopiedSecurityContextAccessor implements ThreadLocalAccessor<SecurityContext> {

	private final SecurityContextHolderThreadLocalAccessor accessor = new SecurityContextHolderThreadLocalAccessor();

	@Override
	public Object key() {
		return this.accessor.key();
	}

	@Override
	public @Nullable SecurityContext getValue() {
		SecurityContext value = this.accessor.getValue();
		if (value == null) {
			if (Schedulers.isInNonBlockingThread()) {
				// To find that out, the accessor has put an empty context there, which
				// would be that of the next task as well
				SecurityContextHolder.clearContext();
			}
			return null;
		}
		SecurityContext copy = SecurityContextHolder.createEmptyContext();
		copy.setAuthentication(value.getAuthentication());
		return copy;
	}

	@Override
	public void setValue(SecurityContext value) {
		this.accessor.setValue(value);
	}

	@Override
	public void setValue() {
		this.accessor.setValue();
	}

}
