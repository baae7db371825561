package io.github.loopthread.autoconfigure.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTimeoutException;

/**
 * Gives an exception of ours that nobody has handled its HTTP status, in whatever form
 * the application gives to errors: it is handed to the application's own resolvers once
 * more, as an error response of Spring's.
 */
final class LoopStatusExceptionResolver implements HandlerExceptionResolver, Ordered {

	private final HandlerExceptionResolver applicationResolver;

	LoopStatusExceptionResolver(HandlerExceptionResolver applicationResolver) {
		this.applicationResolver = applicationResolver;
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	@Override
	public @Nullable ModelAndView resolveException(HttpServletRequest request, HttpServletResponse response,
			@Nullable Object handler, Exception ex) {
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			HttpStatus status = status(cause);
			if (status != null) {
				// Without the message, which names tasks and properties
				return this.applicationResolver.resolveException(request, response, handler,
						new ErrorResponseException(status, ProblemDetail.forStatus(status), ex));
			}
		}
		return null;
	}

	private static @Nullable HttpStatus status(Throwable ex) {
		if (ex instanceof LoopTimeoutException) {
			return HttpStatus.GATEWAY_TIMEOUT;
		}
		boolean unavailable = ex instanceof LoopInterruptedException || ex instanceof LoopNotRunningException
				|| ex instanceof LoopOverloadedException || ex instanceof LoopStoppedException;
		return unavailable ? HttpStatus.SERVICE_UNAVAILABLE : null;
	}

}
