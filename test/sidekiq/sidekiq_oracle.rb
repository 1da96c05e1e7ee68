# Sidekiq's own API, called by the tests: answers calls that come as lines of JSON, each at the time and about the Redis that it names.
require 'json'
require 'sidekiq'
require 'sidekiq/api'
require 'sidekiq/launcher'

$now = 0
def Time.now = Time.at(Rational($now, 1000))

Sidekiq.logger.level = Logger::FATAL
Redis.sadd_returns_boolean = false if Redis.respond_to?(:sadd_returns_boolean=)
STATE = Sidekiq::Processor::WORKER_STATE
LAUNCHER = Sidekiq::Launcher.new(Sidekiq.options.merge(queues: ['default'], concurrency: 1))
$taken = {}

def beat
  LAUNCHER.send(:heartbeat)
end

def set_of(state)
  { 'delayed' => Sidekiq::ScheduledSet, 'retried' => Sidekiq::RetrySet, 'failed' => Sidekiq::DeadSet }[state].new
end

def add(queue:, delay: nil)
  item = { 'class' => 'Job', 'args' => [{ 'queue' => 'another', 'enqueued_at' => 1 }], 'queue' => queue }
  Sidekiq::Client.push(delay ? item.merge('at' => Time.now.to_f + delay / 1000.0) : item)
end

def expected(queue:)
  busy = Sidekiq::Workers.new.count { |_process, _thread, work| work['queue'] == queue }
  return { ready: [], active: busy } if Sidekiq.redis { |redis| redis.sismember('paused', queue) }

  since = Sidekiq::Queue.new(queue).map { |job| job.enqueued_at.to_r * 1000 }
  # Time#to_f is not rounded right, and a job may be due just now.
  now = $now / 1000.0
  due = %w[delayed retried].flat_map { |state| set_of(state).to_a }.select { |job| job.queue == queue && job.score <= now }
  { ready: (since + due.map { |job| job.score * 1000 }).map(&:to_f), active: busy }
end

def take(queue:)
  return nil if Sidekiq.redis { |redis| redis.sismember('paused', queue) }

  job = Sidekiq.redis { |redis| redis.rpop("queue:#{queue}") }
  return nil unless job

  id = Sidekiq.load_json(job)['jid']
  $taken[id] = job
  STATE.set(id, { queue: queue, payload: job, run_at: Time.now.to_i })
  beat
  id
end

def release(id)
  STATE.delete(id)
  beat
  $taken.delete(id)
end

FUNCTIONS = {
  'add' => method(:add),
  'add_many' => ->(queue:, options:) { options.each { |one| add(queue: queue, **one.transform_keys(&:to_sym)) } && nil },
  'take' => method(:take),
  'complete' => ->(id:) { release(id) && nil },
  'fail' => ->(id:) { Sidekiq::DeadSet.new.kill(release(id)) && nil },
  # What a process that is stopped does with a job that is not done.
  'give_back' => lambda { |id:|
    job = release(id)
    Sidekiq::BasicFetch.new(Sidekiq.options.merge(queues: ['default'])).bulk_requeue(
      [Sidekiq::BasicFetch::UnitOfWork.new("queue:#{Sidekiq.load_json(job)['queue']}", job)], Sidekiq.options
    ) && nil
  },
  # What a process does with a job that will be tried again in so many seconds.
  'put_off' => ->(id:, seconds:) { Sidekiq::RetrySet.new.schedule(Time.now.to_f + seconds, Sidekiq.load_json(release(id))) && nil },
  'jobs' => lambda { |queue:, state:|
    (state == 'waiting' ? Sidekiq::Queue.new(queue) : set_of(state)).select { |job| job.queue == queue }.map(&:jid)
  },
  'remove' => ->(queue:, id:) { (Sidekiq::Queue.new(queue).find_job(id) || set_of('delayed').find_job(id)).delete },
  'promote' => ->(id:) { set_of('delayed').find_job(id).add_to_queue && nil },
  'requeue' => ->(id:) { set_of('failed').find_job(id).retry && nil },
  'pause' => ->(queue:) { Sidekiq.redis { |redis| redis.sadd('paused', queue) } && nil },
  'resume' => ->(queue:) { Sidekiq.redis { |redis| redis.srem('paused', queue) } && nil },
  'expected' => method(:expected),
  'empty' => -> { $taken.keys.each { |id| release(id) } && Sidekiq.redis(&:flushdb) && nil }
}.freeze

pools = Hash.new { |known, port| known[port] = Sidekiq::RedisConnection.create(url: "redis://127.0.0.1:#{port}/0", size: 2) }

$stdout.sync = true
$stdin.each_line do |line|
  asked = JSON.parse(line, symbolize_names: true)
  $now = asked.delete(:now)
  Sidekiq.redis = pools[asked.delete(:port)]
  puts JSON.generate(answer: FUNCTIONS.fetch(asked.delete(:call)).call(**asked))
rescue StandardError => e
  puts JSON.generate(error: e.full_message(highlight: false))
end
