import config.lib.languages
import django.db.models.deletion
import django.utils.timezone
import rooms.models.planning
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('rooms', '0003_languages_offered'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=rooms.models.planning.new_feed_token, max_length=43, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feed', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RoomAlarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('soon', 'begins soon'), ('start', 'begins'), ('moved', 'has another time'), ('cancelled', 'is cancelled')], max_length=9)),
                ('due_at', models.DateTimeField()),
                ('told_up_to', models.PositiveBigIntegerField(default=0)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='rooms.room')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['due_at'], name='rooms_roomalarm_due')],
                'constraints': [models.UniqueConstraint(fields=('room', 'kind'), name='rooms_roomalarm_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['soon', 'start', 'moved', 'cancelled'])), name='rooms_roomalarm_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='RoomReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='rooms.room')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_reminders', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('room', 'user'), name='rooms_roomreminder_once')],
            },
        ),
        migrations.CreateModel(
            name='RoomSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100)),
                ('description', models.TextField(blank=True, max_length=500)),
                ('language', models.CharField(choices=config.lib.languages.offered_languages, max_length=8)),
                ('rhythm', models.CharField(choices=[('weekly', 'every week'), ('monthly', 'every month')], max_length=7)),
                ('first_day', models.DateField()),
                ('hour', models.TimeField()),
                ('zone', models.CharField(max_length=64)),
                ('anchor', models.PositiveIntegerField(default=0)),
                ('next_number', models.PositiveIntegerField(default=0)),
                ('resume_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('host', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_series', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('rhythm__in', ['weekly', 'monthly'])), name='rooms_roomseries_rhythm_known'), models.CheckConstraint(condition=models.Q(('next_number__gte', models.F('anchor'))), name='rooms_roomseries_counts_from_anchor')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='room',
            name='rooms_room_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='room',
            name='rooms_room_ended_has_time',
        ),
        migrations.AddField(
            model_name='room',
            name='cancel_reason',
            field=models.CharField(blank=True, choices=[('host', 'by the host'), ('no_show', 'the host did not come'), ('staff', 'by those who run this site')], editable=False, max_length=8),
        ),
        migrations.AddField(
            model_name='room',
            name='live_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='began'),
        ),
        migrations.AddField(
            model_name='room',
            name='occurrence',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='room',
            name='revision',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='room',
            name='starts_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='planned for'),
        ),
        migrations.AlterField(
            model_name='room',
            name='state',
            field=models.CharField(choices=[('scheduled', 'planned'), ('open', 'about to begin'), ('live', 'live'), ('ended', 'ended'), ('cancelled', 'cancelled')], default='live', max_length=9, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='room',
            name='series',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='rooms', to='rooms.roomseries'),
        ),
        migrations.AddIndex(
            model_name='room',
            index=models.Index(condition=models.Q(('state__in', ('scheduled', 'open'))), fields=['starts_at', 'id'], name='rooms_room_coming'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['scheduled', 'open', 'live', 'ended', 'cancelled'])), name='rooms_room_state_known'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ('ended', 'cancelled'))), models.Q(models.Q(('state__in', ('ended', 'cancelled')), _negated=True), ('ended_at', None)), _connector='OR'), name='rooms_room_ended_has_time'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['scheduled', 'open', 'cancelled']), _negated=True), models.Q(('live_at', None), ('starts_at__isnull', False)), _connector='OR'), name='rooms_room_planned_has_time'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['scheduled', 'open', 'cancelled']), models.Q(('live_at', None), ('starts_at', None)), models.Q(('live_at__isnull', False), ('starts_at__isnull', False)), _connector='OR'), name='rooms_room_begun_has_time'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('live_at', None), ('live_at__gte', models.F('created_at')), _connector='OR'), name='rooms_room_begins_after_creation'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('live_at', None), ('ended_at', None), ('ended_at__gte', models.F('live_at')), _connector='OR'), name='rooms_room_ends_after_beginning'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancel_reason__in', ['host', 'no_show', 'staff']), ('state', 'cancelled')), models.Q(models.Q(('state', 'cancelled'), _negated=True), ('cancel_reason', '')), _connector='OR'), name='rooms_room_cancelled_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('series', None), models.Q(('occurrence__isnull', False), ('starts_at__isnull', False)), _connector='OR'), name='rooms_room_of_series_is_planned'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.UniqueConstraint(fields=('series', 'occurrence'), name='rooms_room_once_in_series'),
        ),
    ]
